import type { FeedPosition } from '../../repositories/feed/feed-repository.ts';

/** Opaque to clients: which database, which version, when that was made, and for which scope. */
export interface VersionMark extends Pick<FeedPosition, 'epoch' | 'version' | 'at'> {
  /** A user who sees more or less from now on has seen another version. Absent: the whole. */
  scope?: string;
}

const EPOCH_DIGITS = 12;

export function toToken({ epoch, version, at, scope }: VersionMark): string {
  const token = `${epoch.slice(0, EPOCH_DIGITS)}.${version.toString(36)}.${at.toString(36)}`;
  return scope === undefined ? token : `${token}.${scope}`;
}

/** null for what is no token of the whole of this database. */
export function parseToken(token: string, epoch: string): VersionMark | null {
  const [, digits, version, at] = /^([0-9a-f]{1,12})\.([0-9a-z]{1,10})\.([0-9a-z]{1,10})$/.exec(token) ?? [];
  if (digits === undefined || version === undefined || at === undefined) return null;
  if (digits !== epoch.slice(0, EPOCH_DIGITS)) return null;
  return { epoch, version: Number.parseInt(version, 36), at: Number.parseInt(at, 36) };
}
