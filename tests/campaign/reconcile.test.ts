import { describe, expect, it } from '@jest/globals';
import { Owners } from '../../src/services/reconcile/owners.ts';
import { planReconcile } from '../../src/services/reconcile/plan-reconcile.ts';
import { ReconcileWorld } from '../../src/services/reconcile/reconcile-world.ts';
import type { Finding, FoundDifference } from '../../src/types/finding.ts';
import type { PanelLink } from '../../src/types/panel.ts';
import { Random } from './random.ts';
import { keyOf, PANEL, RandomWorld } from './reconcile-world.ts';

const WORLDS = Number(process.env['ROLLCALL_RECONCILE_WORLDS'] ?? 1000);
const FIRST_SEED = Number(process.env['ROLLCALL_RECONCILE_SEED'] ?? 1);
const SERVERS = 40;
const STEPS = 5;
const HOUR_MS = 3_600_000;

/** Compares after every step, and keeps findings and links as the database does. */
class Reconciled {
  open: Finding[] = [];
  links = new Map<string, PanelLink>();
  isFirst = true;
  opened = 0;

  async compare(world: RandomWorld, now: Date): Promise<void> {
    const loaded = await ReconcileWorld.load({
      inventory: { listGuests: async () => world.rows, syncStatus: async () => world.statuses },
      repository: { moves: async () => world.moves },
      reportingProviders: async () => new Set(),
      clock: () => now,
    });
    const scope = { providers: [], selectors: [] };
    const { records } = world;
    const whole = { panel: PANEL, scope, records, known: this.links, readAt: now, isFirst: this.isFirst };
    const { findings, results } = planReconcile({
      world: loaded,
      owners: new Owners([], [{ kind: 'tag', pattern: 'owner-*', system: PANEL.name }]),
      whole: world.isPanelDoubtful ? [] : [whole],
      isMissingPanel: world.isPanelDoubtful,
      panelNames: new Set([PANEL.name]),
      open: this.open,
      limits: { accountKey: undefined, guestIds: undefined, panels: undefined },
      now,
    });
    if (!world.isPanelDoubtful) this.isFirst = false;
    const closed = new Set(findings.closed.map(({ id }) => id));
    this.open = this.open.filter(({ id }) => !closed.has(id));
    this.open.push(...findings.opened.map((found) => stored(found, `f${++this.opened}`, now)));
    for (const { links } of results) {
      for (const recordId of links.unlinked) this.links.delete(recordId);
      for (const link of links.links) this.links.set(link.recordId, link);
    }
  }
}

function stored(found: FoundDifference, id: string, at: Date): Finding {
  const rest = { closedAt: null, closedWhy: null, acceptedBy: null, acceptedReason: null, acceptedUntil: null };
  return { ...found, id, firstSeenAt: at, lastSeenAt: at, ...rest, assignedTo: null, toldAt: null };
}

interface Verdict {
  planted: number;
  missed: string[];
  invented: string[];
  twice: string[];
}

async function judge(seed: number): Promise<Verdict> {
  const random = new Random(seed);
  let now = new Date(Date.UTC(2026, 10, 1));
  const world = new RandomWorld(random, () => now, SERVERS);
  const reconciled = new Reconciled();
  const verdict: Verdict = { planted: 0, missed: [], invented: [], twice: [] };
  let before = new Set<string>();
  for (let step = 0; step <= STEPS; step++) {
    if (step > 0) world.step();
    await reconciled.compare(world, now);
    const once = reconciled.open.map(({ id }) => id).join();
    await reconciled.compare(world, now);
    if (reconciled.open.map(({ id }) => id).join() !== once)
      verdict.twice.push(`seed ${seed}, step ${step}: not the same again`);
    const open = reconciled.open.map(keyOf);
    const found = new Set(open);
    const expected = world.expected();
    verdict.planted += expected.size;
    const where = (key: string) => `seed ${seed}, step ${step}: ${key}`;
    if (open.length > found.size) verdict.twice.push(where('a finding is open twice'));
    for (const key of expected) if (!found.has(key) && world.isDecidable(key)) verdict.missed.push(where(key));
    // What is not known neither opens nor closes anything, be it right or not.
    for (const key of found) {
      const isKnown = world.isDecidable(key);
      if (isKnown ? !expected.has(key) : !before.has(key)) verdict.invented.push(where(key));
    }
    for (const key of before) if (!found.has(key) && !world.isDecidable(key)) verdict.missed.push(where(key));
    before = found;
    now = new Date(now.getTime() + HOUR_MS);
  }
  return verdict;
}

describe('a campaign of random worlds', () => {
  it(`finds every difference that is planted once, and invents none, over ${WORLDS} worlds`, async () => {
    const total: Verdict = { planted: 0, missed: [], invented: [], twice: [] };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + WORLDS; seed++) {
      const { planted, missed, invented, twice } = await judge(seed);
      total.planted += planted;
      total.missed.push(...missed);
      total.invented.push(...invented);
      total.twice.push(...twice);
    }
    if (process.env['ROLLCALL_RECONCILE_WORLDS'] !== undefined) {
      const { missed, invented, twice } = total;
      console.log(
        `${WORLDS} worlds, ${total.planted} differences: ${missed.length} missed, ${invented.length} invented, ${twice.length} twice`,
      );
    }
    expect({ ...total, planted: total.planted > WORLDS * SERVERS }).toEqual({
      planted: true,
      missed: [],
      invented: [],
      twice: [],
    });
  }, 120_000);
});
