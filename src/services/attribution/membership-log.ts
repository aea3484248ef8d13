import type { LogEntry } from '../../types/task.ts';
import type { Evidence, UnattributedChange } from './evidence.ts';
import { type Explanation, explainByLine, UNEXPLAINED } from './explanation.ts';
import { TOLERANCE_MS, toServerWindow } from './guest-evidence.ts';

/** `adding node pve3 to cluster`, `deleting node pve3 from cluster`. Source: pve-cluster PVE/API2/ClusterConfig.pm. */
const MEMBERSHIP = /^(adding|deleting) node (\S{1,63}) (?:to|from) cluster/;

/** Who let a node join the cluster, or removed it. */
export function explainMembership(change: UnattributedChange, evidence: Evidence): Explanation {
  const { resourceType, node, kind, notBefore } = change;
  if (resourceType !== 'node' || node === undefined || kind === 'changed' || notBefore === null) return UNEXPLAINED;
  const verb = kind === 'created' ? 'adding' : 'deleting';
  const window = toServerWindow(change, evidence);
  // Lines have whole seconds: one of the second in which the node was seen last may be from before.
  const from = Math.floor(window.from / 1000) * 1000;
  const lines = evidence.log.filter(
    ({ at, message }) =>
      isAbout(message, verb, node) && at.getTime() >= from && at.getTime() <= window.to + TOLERANCE_MS,
  );
  const line = lines.at(-1);
  if (line === undefined) return UNEXPLAINED;
  const isCertain = isOneUser(lines) && line.at.getTime() >= window.from;
  return { ...explainByLine(line, isCertain ? 'exact' : 'likely'), via: `${verb} node` };
}

function isAbout(message: string, verb: string, node: string): boolean {
  const match = MEMBERSHIP.exec(message);
  return match?.[1] === verb && match[2] === node;
}

function isOneUser(lines: readonly LogEntry[]): boolean {
  return new Set(lines.map(({ user }) => user)).size === 1;
}
