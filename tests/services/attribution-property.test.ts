import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attributeChanges } from '../../src/providers/proxmox/attribution/attribute.ts';
import type { Evidence } from '../../src/types/evidence.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import { at } from './attribution-evidence.ts';
import { type Outcome, ScriptedCluster, type ScriptStep, VMIDS } from './attribution-script.ts';

const USERS = ['alice@pve', 'bob@pve!cli', 'carol@pam', 'root@pam'] as const;
const KEYS = ['memory', 'cores', 'onboot', 'net0.tag'] as const;

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .dictionary(fc.constantFrom(...KEYS), fc.integer({ min: 1, max: 3 }), { minKeys: 1, maxKeys: 2 })
      .map((values) => ({ do: 'set' as const, values })),
  },
  fc.constantFrom(...KEYS).map((key) => ({ do: 'delete' as const, key: key === 'net0.tag' ? 'net0' : key })),
  {
    weight: 2,
    arbitrary: fc.constantFrom('running' as const, 'stopped' as const).map((to) => ({ do: 'power' as const, to })),
  },
  fc.constantFrom('pve1', 'pve2', 'pve3').map((to) => ({ do: 'migrate' as const, to })),
  fc.constantFrom('one', 'two', 'three').map((name) => ({ do: 'snapshot' as const, name })),
  fc.constantFrom('one', 'two', 'three').map((name) => ({ do: 'rollback' as const, name })),
  fc.constantFrom({ do: 'resize' as const }, { do: 'destroy' as const }, { do: 'create' as const }),
  fc.constantFrom(...VMIDS).map((source) => ({ do: 'clone' as const, source })),
);

const step: fc.Arbitrary<ScriptStep> = fc.record({
  by: fc.constantFrom(...USERS),
  vmid: fc.constantFrom(...VMIDS),
  action,
  fails: fc.nat(6).map((chance) => chance === 0),
});

function play(kind: 'qemu' | 'lxc', script: readonly ScriptStep[]): Outcome {
  const cluster = new ScriptedCluster(kind);
  cluster.run(script);
  const outcome = cluster.outcome();
  return {
    ...outcome,
    changes: outcome.changes.map((change) => ({ ...change, notAfter: at(101 + 3 * script.length + 5) })),
  };
}

function actorOf({ attribution: { actor, token } }: PlannedChange): string | null {
  return token === null ? actor : `${actor}!${token}`;
}

interface Told {
  what: string;
  told: string | null;
  confidence: string;
}

function tellAll(outcome: Outcome, evidence: Evidence = outcome.evidence): Told[] {
  return attributeChanges(outcome.changes, evidence).flatMap((row) => {
    const paths = row.kind === 'changed' ? row.patch.map(([path]) => path) : [row.kind];
    const { confidence } = row.attribution;
    return paths.map((path) => ({ what: `${row.resourceId} ${path}`, told: actorOf(row), confidence }));
  });
}

function wrongOnes(outcome: Outcome, told: readonly Told[]): Told[] {
  return told.filter((one) => one.told !== null && one.told !== outcome.truth.get(one.what));
}

/** What an operation may change, so that a script can be held to one operation each. */
function aspectOf({ vmid, action }: ScriptStep): string {
  if (action.do === 'set') return `${vmid}.${Object.keys(action.values).join('.').split('.')[0]}`;
  if (action.do === 'delete') return `${vmid}.${action.key}`;
  return `${vmid}.${/^(?:create|clone|destroy)$/.test(action.do) ? 'life' : action.do}`;
}

const script = fc.array(step, { minLength: 1, maxLength: 25 });
/** Without the traps in which lost evidence makes another explanation look whole. */
const plainScript = fc
  .uniqueArray(step, { minLength: 1, maxLength: 25, selector: aspectOf })
  .map((steps) =>
    steps.filter(
      ({ action }) => action.do !== 'rollback' && !(action.do === 'set' && Object.keys(action.values).length > 1),
    ),
  );

/** Steps that may share a second, with edits of the file that nobody recorded. */
const closeStep: fc.Arbitrary<ScriptStep> = fc
  .record({
    step,
    gapMs: fc.constantFrom(0, 1, 200, 700, 1_300, 4_000),
    hand: fc.nat(5),
    // Nobody could tell who wrote first what a line names as well.
    values: fc.dictionary(fc.constantFrom(...KEYS), fc.integer({ min: 4, max: 6 }), { minKeys: 1, maxKeys: 2 }),
  })
  .map(({ step: one, gapMs, hand, values }) => ({
    ...one,
    gapMs,
    ...(hand === 0 && { action: { do: 'hand' as const, values }, fails: false }),
  }));
const closeScript = fc.array(closeStep, { maxLength: 25 });

/** Whoever likely did it has written the value, at least: an edit by hand in between leaves no record. */
function unlikelyOnes(outcome: Outcome, told: readonly Told[], known: Evidence): Told[] {
  const rows = attributeChanges(outcome.changes, known);
  const found = new Map(
    rows.flatMap(({ resourceId, patch }) => patch.map(([path, , after]) => [`${resourceId} ${path}`, String(after)])),
  );
  return wrongOnes(outcome, told).filter(({ what, told: by, confidence }) => {
    const writers = outcome.writers.get(`${what} ${found.get(what)}`);
    return confidence === 'exact' || by === null || writers?.has(by) !== true;
  });
}

/** Whoever is named exactly is the only one who wrote the value since the last look. */
function overclaimed(outcome: Outcome, known: Evidence): string[] {
  return attributeChanges(outcome.changes, known).flatMap((row) => {
    if (row.kind !== 'changed' || row.attribution.confidence !== 'exact') return [];
    return row.patch.flatMap(([path, , after]) => {
      const writers = outcome.writers.get(`${row.resourceId} ${path} ${String(after)}`) ?? new Set();
      const others = [...writers].filter((by) => by !== '' && by !== actorOf(row));
      return others.length === 0 ? [] : [`${row.resourceId} ${path}: ${actorOf(row)}, and ${others.join(', ')}`];
    });
  });
}

describe('scripts of several hands, in the same seconds, of which a part lies before the window', () => {
  interface Known {
    /** What an earlier run has read. */
    reads: boolean;
    vmgenid: boolean;
    /** What rollbacks brought back: without it an edit by hand after one looks like a part of it. */
    snapshots: boolean;
    without: 'rollback' | 'hand' | null;
  }

  it.each<[string, Known]>([
    ['by their time alone, without rollbacks', { reads: false, vmgenid: false, snapshots: false, without: 'rollback' }],
    ['by their time alone, without edits by hand', { reads: false, vmgenid: false, snapshots: false, without: 'hand' }],
    [
      'by what was read before, without rollbacks',
      { reads: true, vmgenid: false, snapshots: false, without: 'rollback' },
    ],
    ['with vmgenids, without edits by hand', { reads: true, vmgenid: true, snapshots: false, without: 'hand' }],
    ['with all that can be known', { reads: true, vmgenid: true, snapshots: true, without: null }],
  ])('%s: every actor that is named is the right one, and exact where no other wrote the same', (_, given) => {
    const { reads, vmgenid, snapshots, without } = given;
    fc.assert(
      fc.property(closeScript, closeScript, fc.constantFrom(0, 1, 300, 999, 2_500), (before, after, lookMs) => {
        const isAllowed = ({ action }: ScriptStep) => action.do !== without;
        const cluster = new ScriptedCluster('qemu', { hasVmgenid: vmgenid, hasSnapshots: snapshots });
        cluster.run(before.filter(isAllowed));
        cluster.look(lookMs);
        cluster.run(after.filter(isAllowed));
        const outcome = cluster.outcome();
        const known = { ...outcome.evidence, ...(reads && { earlier: cluster.earlier() }) };
        expect(unlikelyOnes(outcome, tellAll(outcome, known), known)).toEqual([]);
        expect(overclaimed(outcome, known)).toEqual([]);
      }),
      { numRuns: Number(process.env['ROLLCALL_RUNS'] ?? 500) },
    );
  });
});

describe('scripts of random operations by known users', () => {
  it('on virtual machines: every actor that is named is the right one', () => {
    fc.assert(
      fc.property(script, (steps) => {
        const outcome = play('qemu', steps);
        expect(wrongOnes(outcome, tellAll(outcome))).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('on containers: every actor that is named is the right one, and no edit has one', () => {
    // After a rollback an edit that leaves no trace looks like a part of it.
    const withoutRollback = script.map((steps) => steps.filter(({ action }) => action.do !== 'rollback'));
    fc.assert(
      fc.property(withoutRollback, (steps) => {
        const outcome = play('lxc', steps);
        const told = tellAll(outcome);
        expect(wrongOnes(outcome, told)).toEqual([]);
        expect(told.filter((one) => / (?:memory|cores|onboot|net0\.tag)$/.test(one.what) && one.told !== null)).toEqual(
          [],
        );
      }),
      { numRuns: 300 },
    );
  });

  it('finds everybody when each thing was done once', () => {
    fc.assert(
      fc.property(plainScript, (steps) => {
        const outcome = play('qemu', steps);
        expect(tellAll(outcome).filter((one) => one.told !== outcome.truth.get(one.what))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['qemu', 'lxc'] as const)('names nobody wrong when evidence is lost: %s', (kind) => {
    fc.assert(
      fc.property(plainScript, fc.infiniteStream(fc.boolean()), (steps, keeps) => {
        const outcome = play(kind, steps);
        const isKept = () => keeps.next().value;
        const rest = { ...outcome.evidence, records: outcome.evidence.records.filter(isKept) };
        expect(wrongOnes(outcome, tellAll(outcome, rest))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every field, once', () => {
    fc.assert(
      fc.property(script, (steps) => {
        const { changes, evidence } = play('qemu', steps);
        const entriesOf = (rows: readonly { resourceId: string; kind: string; patch: readonly unknown[] }[]) =>
          rows
            .flatMap(({ resourceId, kind, patch }) => patch.map((entry) => JSON.stringify([resourceId, kind, entry])))
            .toSorted();
        expect(entriesOf(attributeChanges(changes, evidence))).toEqual(entriesOf(changes));
      }),
      { numRuns: 100 },
    );
  });

  it('says the same whatever the order of the evidence', () => {
    fc.assert(
      fc.property(script, (steps) => {
        const { changes, evidence } = play('qemu', steps);
        const turned = { ...evidence, records: evidence.records.toReversed() };
        expect(attributeChanges(changes, turned)).toEqual(attributeChanges(changes, evidence));
      }),
      { numRuns: 100 },
    );
  });
});
