import type { ProviderRules } from '../../rules.ts';
import { attributeChanges } from '../attribution/attribute.ts';
import { lifecycleOf } from '../attribution/lifecycle-tasks.ts';
import { hasHiddenSecret } from '../attribution/secret-writes.ts';
import { planLogSteps } from '../log-steps/plan-log-steps.ts';
import { doubtAbsence, doubtNode, doubtStatus, doubtStorage, hasLeft, isCurrent } from './absence.ts';
import { checkClusterIdentity, nextIdentity, sameCluster } from './cluster-identity.ts';
import { findDestruction } from './destruction.ts';
import { detailQuestions, withDetails } from './detail-questions.ts';
import { decideIncarnation, wasBroughtBack } from './guest-identity.ts';
import { findOrigin, wasMovedAway } from './guest-origin.ts';
import { changedAfter, createdAfter } from './guest-window.ts';
import { describeLeftovers } from './leftovers.ts';
import { isWorthStoring } from './log-growth.ts';
import { describeHidden } from './permissions.ts';
import { toRunFacts } from './run-facts.ts';

/** Root CAs, smbios uuids, quorum, privileges, UPIDs and the cluster log. */
export const rules: ProviderRules = {
  compareIdentity: sameCluster,
  admit: checkClusterIdentity,
  nextIdentity,
  decideIncarnation,
  generationOf: ({ vmgenid }) => vmgenid,
  wasBroughtBack,
  findOrigin,
  wasMovedAway,
  idNoun: 'vmid',
  destructionWord: 'destroyed',
  doubtAbsence,
  doubtStorage,
  doubtNode,
  doubtStatus,
  hasLeft,
  isCurrent,
  storageDefinitions: '/etc/pve/storage.cfg',
  describeLeftovers,
  describeHidden,
  toFacts: toRunFacts,
  changedAfter,
  createdAfter,
  lifecycleOf,
  findDestruction,
  hasHiddenSecret,
  isWorthStoring,
  attribute: attributeChanges,
  planSteps: planLogSteps,
  detailQuestions,
  withDetails,
};
