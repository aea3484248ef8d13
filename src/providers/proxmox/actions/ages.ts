import type { ProxmoxClient } from '../../../api/proxmox-client.ts';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** Seconds since 1970. Only for texts: a plan is the same whenever it is made. */
export function serverNowSeconds(client: Pick<ProxmoxClient, 'serverNowMs'>): number {
  return Math.floor(client.serverNowMs() / 1000);
}

/** `40 min`, `3 h`, `12 d`. */
export function ageText(since: number, nowSeconds: number): string {
  const age = Math.max(0, nowSeconds - since);
  if (age < HOUR_S) return `${Math.floor(age / MINUTE_S)} min`;
  return age < 2 * DAY_S ? `${Math.floor(age / HOUR_S)} h` : `${Math.floor(age / DAY_S)} d`;
}
