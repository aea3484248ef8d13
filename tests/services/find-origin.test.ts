import { expect, it } from '@jest/globals';
import { compileExpectations } from '../../src/services/checks/expectations.ts';
import { findOrigin } from '../../src/services/checks/find-origin.ts';
import { isUnknown } from '../../src/services/checks/judgement.ts';
import type { Document, Patch } from '../../src/types/document.ts';
import type { GuestKind } from '../../src/types/guest.ts';
import type { Change } from '../../src/types/history.ts';
import type { GuestRow } from '../../src/types/inventory.ts';

const T = (hour: number): Date => new Date(Date.UTC(2026, 10, 21, hour));

function change(rev: number, patch: Patch, more: Partial<Change> = {}): Change {
  return {
    rev,
    seq: 0,
    runId: 'r',
    observedAt: T(rev),
    explainedAt: null,
    providerId: 'p',
    providerName: 'lab',
    resourceType: 'guest',
    resourceId: 'g',
    resourceKind: 'qemu',
    vmid: 100,
    name: 'a',
    kind: 'changed',
    event: null,
    isPruned: false,
    patch,
    attribution: {
      actor: `actor-${rev}@pve`,
      token: null,
      source: 'task',
      via: 'qmconfig',
      ref: null,
      confidence: 'likely',
      effectiveAt: null,
      notBefore: T(rev - 1),
    },
    ...more,
  };
}

/** Of the only deviation from an expectation of memory. */
function originOf(kind: GuestKind, document: Document, changes: readonly Change[]) {
  const [expectation] = compileExpectations({ memory: { max: '4G' } });
  if (expectation === undefined) throw new Error('there is no expectation');
  const judgement = expectation.judge(
    { kind, document, memoryBytes: null, lastBackup: 'unknown', backupJobs: null },
    T(20),
  );
  const [deviation] = isUnknown(judgement) ? [] : judgement;
  if (deviation === undefined) throw new Error('nothing deviates');
  const guest = { kind, document, firstSeenAt: T(1) } as GuestRow;
  return findOrigin({ guest, expectation, deviation }, { changes, at: T(20) });
}

it('blames nobody where it is not known what was before', () => {
  expect(originOf('vm', { memory: 8192 }, [change(5, [['memory', null, 8192]])])).toMatchObject({
    origin: 'first-read',
    since: T(5),
    actor: null,
    confidence: 'none',
  });
});

it('knows what a server does without a value, and who took the value away', () => {
  // Without one it is 512 MiB.
  const changes = [change(5, [['memory', null, 8192]]), change(3, [['cores', 1, 2]])];
  expect(originOf('qemu', { memory: 8192, cores: 2 }, changes)).toMatchObject({
    origin: 'changed',
    since: T(5),
    notBefore: T(4),
    actor: 'actor-5@pve',
    confidence: 'likely',
  });
});

it('passes over changes of other fields, and stops at a creation', () => {
  const created = change(2, [['memory', null, 8192]], { kind: 'created' });
  const changes = [
    change(9, [['cores', 1, 2]]),
    change(7, [['memory', 16_384, 8192]]),
    created,
    change(1, [['memory', 1, 2]]),
  ];
  expect(originOf('qemu', { memory: 8192, cores: 2 }, changes)).toMatchObject({
    origin: 'created',
    actor: 'actor-2@pve',
  });
});

it('says that it was so at first sight where no change tells', () => {
  expect(originOf('qemu', { memory: 8192 }, [])).toMatchObject({ origin: 'first-seen', since: T(1), actor: null });
});
