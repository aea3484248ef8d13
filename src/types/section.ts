/**
 * The parts of a document that are read together. A section that is complete clears the stored fields it no longer has;
 * one that is not complete leaves them alone. {@link sectionOf} says where a path belongs.
 */
export type Section = 'placement' | 'power' | 'pool' | 'ha' | 'config';

export const SECTIONS = ['placement', 'power', 'pool', 'ha', 'config'] as const satisfies readonly Section[];

/** The section of a path: `node` placement, `status` and `qmpstatus` power, `pool`, `ha.*`, and everything else configuration. */
export function sectionOf(path: string): Section {
  if (path === 'node') return 'placement';
  if (path === 'status' || path === 'qmpstatus') return 'power';
  if (path === 'pool') return 'pool';
  return path.startsWith('ha.') ? 'ha' : 'config';
}
