import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity, Issue, Observation } from '../../types/observation.ts';
import type { KnownState } from '../../types/plan.ts';

/** From this many guests on, all of them being others is another cluster and no coincidence. */
const MASS_REPLACEMENT = 3;

/**
 * Refuses a provider that answers as another cluster than before: AppError('wrong-cluster'). Returns warnings for what is
 * allowed but worth telling.
 */
export function checkClusterIdentity(known: KnownState, seen: Observation): Issue[] {
  const before = known.identity;
  if (before !== null) {
    checkNames(known.providerName, before, seen.identity);
    checkNodes(known.providerName, before, seen.identity);
  }
  checkGuests(known, seen);
  if (before === null || before.clusterName !== null || seen.identity.clusterName === null) return [];
  if (before.nodeNames.length === 0) return [];
  return [
    {
      code: 'joined-cluster',
      message: `${known.providerName}: ${before.nodeNames.join(', ')} has joined the cluster ${seen.identity.clusterName}`,
    },
  ];
}

function checkNames(provider: string, before: ClusterIdentity, now: ClusterIdentity): void {
  if (before.clusterName === null || now.clusterName === null || before.clusterName === now.clusterName) return;
  refuse(provider, `the endpoint answers as cluster ${now.clusterName}, and was ${before.clusterName}`);
}

function checkNodes(provider: string, before: ClusterIdentity, now: ClusterIdentity): void {
  if (before.nodeNames.length === 0 || now.nodeNames.length === 0) return;
  if (now.nodeNames.some((name) => before.nodeNames.includes(name))) return;
  const names = `${now.nodeNames.join(', ')}, and had ${before.nodeNames.join(', ')}`;
  refuse(provider, `the endpoint answers with other nodes: it has ${names}`);
}

/** Two clusters that share names and vmids: every machine is another one, and nobody destroyed or created any. */
function checkGuests(known: KnownState, seen: Observation): void {
  const byVmid = new Map(known.guests.map((guest) => [guest.vmid, guest]));
  const rebuilt = new Set(
    seen.tasks.filter(({ type }) => /(?:create|destroy|restore|clone)$/.test(type)).map(({ id }) => id),
  );
  let others = 0;
  for (const { vmid, identity, unobservable } of seen.guests) {
    const before = byVmid.get(vmid)?.identity;
    if (unobservable !== null || before?.uuid === undefined || identity.uuid === undefined) continue;
    const isOther = before.uuid !== identity.uuid && before.ctime !== identity.ctime;
    if (!isOther || rebuilt.has(String(vmid))) return;
    others++;
  }
  if (others < MASS_REPLACEMENT) return;
  refuse(known.providerName, `all ${others} machines are others than before, and no task says that they were replaced`);
}

function refuse(provider: string, why: string): never {
  throw new AppError('wrong-cluster', `${provider}: ${why}`, {
    hint: 'check the endpoint; to watch the other cluster as well, add it as a provider of its own',
  });
}

/** The identity to store, null when it is the stored one. What was not told stays as it was. */
export function nextIdentity(known: ClusterIdentity | null, seen: Observation): ClusterIdentity | null {
  const { clusterName, nodeNames } = seen.identity;
  const next = {
    clusterName: clusterName ?? known?.clusterName ?? null,
    nodeNames: nodeNames.length > 0 && seen.quorate !== false ? nodeNames : (known?.nodeNames ?? nodeNames),
  };
  return JSON.stringify(next) ===
    JSON.stringify(known && { clusterName: known.clusterName, nodeNames: known.nodeNames })
    ? null
    : next;
}
