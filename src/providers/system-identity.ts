import { AppError } from '../types/errors.ts';
import type { ClusterIdentity, Issue, Observation } from '../types/observation.ts';
import type { KnownState } from '../types/plan.ts';
import type { IdentityMatch, ProviderRules } from './rules.ts';

type IdentityRules = Pick<ProviderRules, 'compareIdentity' | 'admit' | 'nextIdentity'>;

/**
 * Of kinds of providers whose systems have an id of their own for life: names and addresses prove nothing. `isSame`: whether two such
 * ids are of one system.
 */
export function identityRules(isSame: (one: string, other: string) => boolean): IdentityRules {
  const compareIdentity = (a: ClusterIdentity, b: ClusterIdentity): IdentityMatch => {
    if (a.systemId === undefined || b.systemId === undefined) return 'unknown';
    return isSame(a.systemId, b.systemId) ? 'same' : 'other';
  };
  return { compareIdentity, admit: (known, seen) => admit(known, seen, compareIdentity), nextIdentity };
}

/** Throws AppError('wrong-cluster'). Two providers that were stored before their ids were known are not stopped. */
function admit(
  { providerName, identity, otherProviders }: KnownState,
  { identity: now }: Observation,
  compareIdentity: IdentityRules['compareIdentity'],
): Issue[] {
  if (identity !== null && compareIdentity(identity, now) === 'other') {
    const message = `${providerName}: the endpoint answers as ${nameOf(now)}, and was ${nameOf(identity)}`;
    const hint = 'check the endpoint; to watch the other system as well, add it as a provider of its own';
    throw new AppError('wrong-cluster', message, { hint });
  }
  const twin = otherProviders.find((other) => compareIdentity(other.identity, now) === 'same');
  if (twin === undefined) return [];
  const message = `${providerName}: the endpoint answers as ${nameOf(now)}, which is provider ${twin.name} already`;
  const hint = `use provider ${twin.name}, or remove it`;
  if (identity === null) throw new AppError('wrong-cluster', message, { hint });
  return [{ code: 'duplicate-cluster', message, hint }];
}

function nameOf({ clusterName, systemId }: ClusterIdentity): string {
  return `${clusterName ?? 'a system'} (${systemId ?? 'without an id'})`;
}

/** null when it is the stored one. What was not told stays as it was. */
function nextIdentity(known: ClusterIdentity | null, { identity, membersDoubt }: Observation): ClusterIdentity | null {
  if (known === null) return identity;
  const areNodesTold = identity.nodeNames.length > 0 && membersDoubt === undefined;
  const systemId = identity.systemId ?? known.systemId;
  const next: ClusterIdentity = {
    ...known,
    clusterName: identity.clusterName ?? known.clusterName,
    nodeNames: areNodesTold ? identity.nodeNames : known.nodeNames,
    ...(systemId !== undefined && { systemId }),
  };
  return isEqual(next, known) ? null : next;
}

function isEqual(a: ClusterIdentity, b: ClusterIdentity): boolean {
  const text = ({ clusterName, nodeNames, systemId }: ClusterIdentity): string =>
    JSON.stringify([clusterName, nodeNames, systemId]);
  return text(a) === text(b);
}
