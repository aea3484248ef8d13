import type { Evidence, UnattributedChange } from '../../../types/evidence.ts';
import { type Explanation, isOneActor, UNEXPLAINED } from '../../explanation.ts';
import { linesOf } from '../records/record.ts';
import { explainByLine } from './explanation.ts';
import { placeLine } from './placement.ts';
import { toServerWindow } from './server-window.ts';

/** `adding node pve3 to cluster`, `deleting node pve3 from cluster`. Source: pve-cluster PVE/API2/ClusterConfig.pm. */
const MEMBERSHIP = /^(adding|deleting) node (\S{1,63}) (?:to|from) cluster/;

/** Who let a node join the cluster, or removed it. */
export function explainMembership(change: UnattributedChange, evidence: Evidence): Explanation {
  const { resourceType, node, kind, notBefore } = change;
  if (resourceType !== 'node' || node === undefined || kind === 'changed' || notBefore === null) return UNEXPLAINED;
  const verb = kind === 'created' ? 'adding' : 'deleting';
  const window = toServerWindow(change, evidence);
  const lines = linesOf(evidence).filter(
    (line) => isAbout(line.text, verb, node) && placeLine(line, window, evidence) !== 'outside',
  );
  const line = lines.at(-1);
  if (line === undefined) return UNEXPLAINED;
  const isCertain = isOneActor(lines) && placeLine(line, window, evidence) === 'inside';
  return { ...explainByLine(line, isCertain ? 'exact' : 'likely'), via: `${verb} node` };
}

function isAbout(message: string, verb: string, node: string): boolean {
  const match = MEMBERSHIP.exec(message);
  return match?.[1] === verb && match[2] === node;
}
