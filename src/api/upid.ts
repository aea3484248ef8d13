import { splitAuthId } from '../types/auth-id.ts';

/** What a UPID says: `UPID:node:pid:pstart:starttime:type:id:user:`. Source: pve-common src/PVE/UPID.pm. */
export interface Upid {
  upid: string;
  node: string;
  pid: number;
  startedAt: Date;
  /** `qmstart`, `vzdump`, `resize`, … */
  type: string;
  /** A vmid, a storage, or empty. Of a clone it is the source's vmid. */
  id: string;
  /** `root@pam`, without the token. */
  user: string;
  /** The token's name, of `root@pam!name`. */
  token: string | null;
}

/** Fields have neither colon nor whitespace; pstart has 9 digits after 497 days of uptime. Source: pve-common src/PVE/UPID.pm. */
const UPID =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** The UPID that an answer is; null: it is none. */
export function upidOf(answer: unknown): string | null {
  return typeof answer === 'string' && parseUpid(answer) !== null ? answer : null;
}

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
