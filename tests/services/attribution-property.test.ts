import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attributeChanges } from '../../src/services/attribution/attribute.ts';
import type { Evidence } from '../../src/services/attribution/evidence.ts';
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
        const { tasks, log } = outcome.evidence;
        const rest = { ...outcome.evidence, tasks: tasks.filter(isKept), log: log.filter(isKept) };
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
        const turned = { ...evidence, tasks: evidence.tasks.toReversed(), log: evidence.log.toReversed() };
        expect(attributeChanges(changes, turned)).toEqual(attributeChanges(changes, evidence));
      }),
      { numRuns: 100 },
    );
  });
});
