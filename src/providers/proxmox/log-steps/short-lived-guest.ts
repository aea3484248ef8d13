import type { Document } from '../../../types/document.ts';
import { diffDocuments } from '../../../types/document-replay.ts';
import type { PlannedChange } from '../../../types/history.ts';
import type { GuestWrite } from '../../../types/plan.ts';
import { type Explanation, UNEXPLAINED } from '../../explanation.ts';
import { explainByTask } from '../attribution/explanation.ts';
import type { Life } from './lives.ts';

const REASON = 'created and destroyed between two observations';

export interface ShortLivedGuest {
  guest: GuestWrite;
  changes: readonly PlannedChange[];
}

interface Options {
  id: string;
  notBefore: Date;
  at: Date;
}

/** A guest that no observation shows: its document has what the tasks say, and they say little. */
export function toShortLivedGuest(
  { kind, vmid, made, destroyed }: Life,
  { id, notBefore, at }: Options,
): ShortLivedGuest {
  const document: Document = { node: destroyed.place };
  const guest: GuestWrite = {
    id,
    kind,
    nativeId: String(vmid),
    vmid,
    document,
    identity: {},
    readSections: [],
    changesSince: 0,
    lock: null,
    cpus: null,
    memoryBytes: null,
    diskBytes: null,
    bootDiskBytes: null,
    presence: 'gone',
    presenceReason: REASON,
    unobservableSince: null,
    firstSeenAt: at,
    lastSeenAt: at,
    goneAt: at,
    previousId: null,
  };
  const toChange = (what: 'created' | 'removed', explanation: Explanation): PlannedChange => ({
    resourceType: 'guest',
    resourceId: id,
    kind: what,
    event: 'from-log',
    patch: what === 'created' ? diffDocuments({}, document) : diffDocuments(document, {}),
    attribution: { ...explanation, notBefore },
  });
  const creation = made === null ? UNEXPLAINED : explainByTask(made, 'exact');
  return { guest, changes: [toChange('created', creation), toChange('removed', explainByTask(destroyed, 'exact'))] };
}
