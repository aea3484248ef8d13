/**
 * The parts of a document that are read together. A section that is complete clears the stored fields it no longer has;
 * one that is not complete leaves them alone. {@link sectionOf} says where a path belongs.
 */
export type Section = 'placement' | 'power' | 'pool' | 'ha' | 'config' | 'snapshots';

export const SECTIONS = [
  'placement',
  'power',
  'pool',
  'ha',
  'config',
  'snapshots',
] as const satisfies readonly Section[];

/**
 * The section of a path: `node` placement, `status` and `qmpstatus` power, `pool`, `ha.*`, `snapshot.*`, and everything else
 * configuration. Snapshots are read of guests only whose file has changed.
 */
export function sectionOf(path: string): Section {
  if (path === 'node') return 'placement';
  if (path === 'status' || path === 'qmpstatus') return 'power';
  if (path === 'pool') return 'pool';
  if (path.startsWith('snapshot.')) return 'snapshots';
  return path.startsWith('ha.') ? 'ha' : 'config';
}
