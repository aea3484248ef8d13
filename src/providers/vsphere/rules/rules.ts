import { NO_TASKS } from '../../../types/incarnation.ts';
import { attributeByEvents } from '../../events/attribute.ts';
import type { ProviderRules } from '../../rules.ts';
import { identityRules } from '../../system-identity.ts';
import { doubtAbsence, doubtNode, doubtStatus, doubtStorage, hasLeft } from './absence.ts';
import { EVENT_TRAITS } from './event-traits.ts';
import { findDestruction, findOrigin, wasMovedAway } from './guest-origin.ts';
import { changedAfter, createdAfter } from './guest-window.ts';
import { decideIncarnation } from './incarnation.ts';
import { toFacts } from './run-facts.ts';

/** Instance uuids, which are never used again, and vCenter's events. */
export const rules: ProviderRules = {
  ...identityRules((one, other) => one === other),
  decideIncarnation,
  generationOf: () => undefined,
  wasBroughtBack: () => false,
  findOrigin,
  wasMovedAway,
  idNoun: 'uuid',
  // vCenter has the same event for a VM that is only unregistered.
  destructionWord: 'removed from the inventory',
  doubtAbsence,
  doubtStorage: (_storage, _known, seen, options) => doubtStorage(seen, options),
  doubtNode,
  doubtStatus: (found) => doubtStatus(found),
  hasLeft,
  isCurrent: () => true,
  storageDefinitions: 'the datastores in the vSphere Client',
  describeLeftovers: () => [],
  describeHidden: () => null,
  toFacts: (known, seen) => toFacts(known, seen),
  changedAfter: (guest, _seen, _patch, facts) => changedAfter(guest, facts),
  createdAfter,
  lifecycleOf: () => NO_TASKS,
  findDestruction,
  hasHiddenSecret: () => false,
  isWorthStoring: () => true,
  attribute: attributeByEvents(EVENT_TRAITS),
  planSteps: (explained) => ({ changes: explained, guests: [] }),
  detailQuestions: () => ({ snapshots: [], clones: [] }),
  withDetails: (seen) => seen,
};
