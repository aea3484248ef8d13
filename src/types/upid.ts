import { splitAuthId } from './auth-id.ts';
import type { Upid } from './task.ts';

/** Fields have neither colon nor whitespace; pstart has 9 digits after 497 days of uptime. Source: pve-common src/PVE/UPID.pm. */
const UPID =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** What a UPID says; null for a text that is none. */
export function parseUpid(text: string): Upid | null {
  const match = UPID.exec(text);
  if (!match) return null;
  const [, node = '', pid = '', , started = '', type = '', id = '', authId = ''] = match;
  return {
    upid: text,
    node,
    pid: Number.parseInt(pid, 16),
    startedAt: new Date(Number.parseInt(started, 16) * 1000),
    type,
    id,
    ...splitAuthId(authId),
  };
}
