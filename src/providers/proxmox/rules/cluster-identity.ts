import { AppError } from '../../../types/errors.ts';
import type { ClusterIdentity, Issue, Observation } from '../../../types/observation.ts';
import type { KnownState } from '../../../types/plan.ts';
import type { IdentityMatch } from '../../rules.ts';
import { compareGuests, isMostlySame } from './compare-guests.ts';

/** From this many guests on, all of them being others is another cluster and no coincidence. */
const MASS_REPLACEMENT = 3;
/** Rotated certificates stay known; a cluster of 32 nodes renews one every two years each. */
const MOST_CERTIFICATES = 256;

/**
 * Whether two answers are of one cluster. The root CA tells clusters of equal names apart; nodes have to fit as well, since
 * a node that was separated from its cluster keeps the CA. `unknown`: nothing says that they are not one, or proves it.
 */
export function sameCluster(a: ClusterIdentity, b: ClusterIdentity): IdentityMatch {
  if (hasOtherCa(a, b) || hasOtherNodes(a, b)) return 'other';
  if (a.rootCa !== null && b.rootCa !== null) return 'same';
  if (a.certificates.some((fingerprint) => b.certificates.includes(fingerprint))) return 'same';
  return hasOtherName(a, b) ? 'other' : 'unknown';
}

function hasOtherCa(a: ClusterIdentity, b: ClusterIdentity): boolean {
  return a.rootCa !== null && b.rootCa !== null && a.rootCa !== b.rootCa;
}

function hasOtherName(a: ClusterIdentity, b: ClusterIdentity): boolean {
  return a.clusterName !== null && b.clusterName !== null && a.clusterName !== b.clusterName;
}

function hasOtherNodes(a: ClusterIdentity, b: ClusterIdentity): boolean {
  if (a.nodeNames.length === 0 || b.nodeNames.length === 0) return false;
  return !a.nodeNames.some((name) => b.nodeNames.includes(name));
}

/**
 * Refuses a provider that answers as another cluster than before, or as one that another provider already stands for:
 * AppError('wrong-cluster'). Returns warnings for what is allowed but worth telling.
 */
export function checkClusterIdentity(known: KnownState, seen: Observation): Issue[] {
  const warnings = checkOthers(known, seen.identity);
  const before = known.identity;
  if (before !== null) warnings.push(...checkSelf(known, before, seen));
  checkMachines(known, seen);
  return warnings;
}

/** Two providers that were stored before the CA was known may turn out to be one: neither is stopped for that. */
function checkOthers({ providerName, identity, otherProviders }: KnownState, now: ClusterIdentity): Issue[] {
  const twin = otherProviders.find((other) => sameCluster(other.identity, now) === 'same');
  if (twin === undefined) return [];
  const message = `${providerName}: the endpoint answers as ${nameOf(now)}, which is provider ${twin.name} already`;
  const hint = `use provider ${twin.name}, or remove it`;
  if (identity === null) throw new AppError('wrong-cluster', message, { hint });
  return [{ code: 'duplicate-cluster', message, hint }];
}

function checkSelf(known: KnownState, before: ClusterIdentity, seen: Observation): Issue[] {
  const { providerName: provider } = known;
  const now = seen.identity;
  if (sameCluster(before, now) === 'other') {
    if (hasOtherNodes(before, now)) {
      const names = `${now.nodeNames.join(', ')}, and had ${before.nodeNames.join(', ')}`;
      refuse(provider, `the endpoint answers with other nodes: it has ${names}`);
    }
    if (!hasOtherCa(before, now))
      refuse(provider, `the endpoint answers as cluster ${now.clusterName}, and was ${before.clusterName}`);
    checkNewCa(known, before, seen);
  }
  if (hasJoined(before, now)) {
    return before.nodeNames.length === 0
      ? []
      : [issue('joined-cluster', `${provider}: ${before.nodeNames.join(', ')} has ${howJoined(before, now)}`)];
  }
  if (hasOtherCa(before, now)) return [issue('ca-renewed', `${provider}: ${nameOf(now)} has a new root CA`)];
  if (hasOtherName(before, now))
    return [issue('renamed-cluster', `${provider}: cluster ${before.clusterName} is now called ${now.clusterName}`)];
  return [];
}

/**
 * A cluster's CA changes when it is renewed by hand, and that of a host when it joins a cluster: the same machines have to
 * run there. A host must be empty to join (pvecm add), so one of which no guest is known has nothing that could be mixed up.
 */
function checkNewCa(known: KnownState, before: ClusterIdentity, seen: Observation): void {
  const now = seen.identity;
  const isEmptyHost = hasJoined(before, now) && known.guests.length === 0;
  const isNameKept = hasJoined(before, now) || before.clusterName === now.clusterName;
  const evidence = compareGuests(known, seen);
  if (isEmptyHost || (isNameKept && isMostlySame(evidence))) return;
  const { same, compared } = evidence;
  const guests = compared === 0 ? 'no guest could be compared' : `${same} of ${compared} guests are the same`;
  refuse(known.providerName, `the endpoint answers as a cluster with another root CA (${now.rootCa}), and ${guests}`);
}

function hasJoined(before: ClusterIdentity, now: ClusterIdentity): boolean {
  return before.clusterName === null && now.clusterName !== null;
}

/** A host that joins takes over the CA of the cluster; one that founds it keeps its own (pvecm create). */
function howJoined(before: ClusterIdentity, now: ClusterIdentity): string {
  const isFounder = before.rootCa !== null && before.rootCa === now.rootCa;
  return isFounder ? `founded the ${nameOf(now)}` : `joined the ${nameOf(now)}`;
}

/** Two clusters that share names and vmids: every machine is another one, and nobody destroyed or created any. */
function checkMachines(known: KnownState, seen: Observation): void {
  const { vms, replaced, others } = compareGuests(known, seen);
  if (others < MASS_REPLACEMENT || others < vms || replaced > 0) return;
  refuse(known.providerName, `all ${others} machines are others than before, and no task says that they were replaced`);
}

function nameOf({ clusterName, nodeNames }: ClusterIdentity): string {
  return clusterName === null ? `host ${nodeNames.join(', ')}` : `cluster ${clusterName}`;
}

function issue(code: string, message: string): Issue {
  return { code, message };
}

function refuse(providerName: string, why: string): never {
  throw new AppError('wrong-cluster', `${providerName}: ${why}`, {
    hint: 'check the endpoint; to watch the other cluster as well, add it as a provider of its own',
  });
}

/** The identity to store, null when it is the stored one. What was not told stays as it was. */
export function nextIdentity(known: ClusterIdentity | null, seen: Observation): ClusterIdentity | null {
  const { clusterName, nodeNames, rootCa, certificates } = seen.identity;
  const isNewCa = known !== null && hasOtherCa(known, seen.identity);
  const kept = isNewCa ? [] : (known?.certificates ?? []);
  const next: ClusterIdentity = {
    clusterName: clusterName ?? known?.clusterName ?? null,
    nodeNames: nodeNames.length > 0 && isTold(seen) ? nodeNames : (known?.nodeNames ?? nodeNames),
    rootCa: rootCa ?? known?.rootCa ?? null,
    certificates: [...new Set([...kept, ...certificates])].slice(-MOST_CERTIFICATES),
  };
  return known !== null && isEqual(next, known) ? null : next;
}

function isTold({ quorate, membersDoubt }: Observation): boolean {
  return quorate !== false && membersDoubt === undefined;
}

function isEqual(a: ClusterIdentity, b: ClusterIdentity): boolean {
  const texts = ({ clusterName, nodeNames, rootCa, certificates }: ClusterIdentity): string =>
    JSON.stringify([clusterName, nodeNames, rootCa, certificates]);
  return texts(a) === texts(b);
}
