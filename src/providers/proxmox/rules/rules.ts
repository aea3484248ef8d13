import type { ProviderRules } from '../../rules.ts';
import { checkClusterIdentity, nextIdentity, sameCluster } from './cluster-identity.ts';
import { decideIncarnation, wasBroughtBack } from './guest-identity.ts';

/** A root CA tells clusters apart; smbios uuid, creation time and generation tell machines apart. */
export const rules: ProviderRules = {
  compareIdentity: sameCluster,
  admit: checkClusterIdentity,
  nextIdentity,
  decideIncarnation,
  wasBroughtBack,
};
