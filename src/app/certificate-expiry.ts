import type { ServerCertificate } from '../net/inspect-certificate.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** `2027-11-21 10:00:00, in 365 days`; `formatTime` writes the time. */
export function expiryText(
  { validTo }: Pick<ServerCertificate, 'validTo'>,
  now: Date,
  formatTime: (time: Date) => string,
): string {
  const days = daysLeft({ validTo }, now);
  return `${formatTime(validTo)}, ${days < 0 ? `${-days} days ago` : `in ${days} days`}`;
}

export function daysLeft({ validTo }: Pick<ServerCertificate, 'validTo'>, now: Date): number {
  return Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);
}
