import type { Check, CheckedGuest, Finding, Place, WaiverInUse, WaiverReport } from '../../types/check.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { Selectable, Selector } from '../../types/selector.ts';
import type { Expectations } from './expectation-schema.ts';
import { type Deviation, type Expectation, isUnknown, type Subject } from './judgement.ts';
import { lastBackupOf } from './last-backup.ts';
import { type ReadFacts, whyUnobserved } from './observed.ts';

export interface CompiledRule {
  name: string;
  select: string;
  selector: Selector;
  place: Place;
  expectations: readonly { expectation: Expectation; place: Place }[];
  /** As the file has it. */
  expect: Expectations;
}

export interface CompiledWaiver extends WaiverInUse {
  select: string;
  selector: Selector;
  /** Names of the rules, and keys of the expectations, that it is about; null: all. */
  rules: readonly string[] | null;
  expect: readonly string[] | null;
  /** From here on it no longer counts. */
  endsAt: Date;
}

export interface CompiledFile {
  rules: readonly CompiledRule[];
  waivers: readonly CompiledWaiver[];
}

/** A finding, and what its origin is looked for by; null for what is unknown. */
export interface Judged {
  finding: Finding;
  deviating: { guest: GuestRow; expectation: Expectation; deviation: Deviation } | null;
}

export interface Evaluation {
  /** Those that passed, too. */
  checks: readonly Check[];
  judged: readonly Judged[];
  /** How many guests each rule selects, in the order of the rules. */
  selected: readonly number[];
  /** How many guests any rule selects. */
  guests: number;
  waivers: readonly WaiverReport[];
}

/** Compares every guest with the rules that select it. Pure; ages are counted back from `at`. */
export function evaluate(
  { rules, waivers }: CompiledFile,
  candidates: readonly Selectable[],
  facts: ReadFacts & { at: Date },
): Evaluation {
  const checks: Check[] = [];
  const judged: Judged[] = [];
  const selected = rules.map((rule) => candidates.filter((candidate) => rule.selector.matches(candidate)));
  const uses = new Map<CompiledWaiver, number>();
  for (const [index, rule] of rules.entries()) {
    for (const candidate of selected[index] ?? []) {
      for (const { expectation, place } of rule.expectations) {
        const check = { ...checkedGuest(candidate.guest), rule: rule.name, expectation: expectation.key, place };
        const found = judgeOne(candidate.guest, expectation, { facts, check });
        const waived = found.map((one) => withWaiver(one, candidate, { waivers, at: facts.at, uses }));
        judged.push(...waived);
        checks.push({ ...check, result: resultOf(waived) });
      }
    }
  }
  return {
    checks,
    judged,
    selected: selected.map(({ length }) => length),
    guests: new Set(selected.flat()).size,
    waivers: waivers.map((waiver) => toReport(waiver, { at: facts.at, findings: uses.get(waiver) ?? 0 })),
  };
}

type NewCheck = Omit<Check, 'result'>;

function judgeOne(
  guest: GuestRow,
  expectation: Expectation,
  { facts, check }: { facts: ReadFacts & { at: Date }; check: NewCheck },
): Judged[] {
  const judgement = judgeGuest(guest, expectation, facts);
  if (isUnknown(judgement)) {
    const finding = { ...blank(check, 'unknown'), reason: judgement.unknown };
    return [{ finding, deviating: null }];
  }
  return judgement.map((deviation) => {
    const { path, expected, found } = deviation;
    const finding = { ...blank(check, 'deviates'), path, expected, found };
    return { finding, deviating: { guest, expectation, deviation } };
  });
}

function judgeGuest(guest: GuestRow, expectation: Expectation, facts: ReadFacts & { at: Date }) {
  const unknown = whyUnobserved(guest, expectation.section, facts);
  return unknown === null ? expectation.judge(subjectOf(guest, facts), facts.at) : { unknown };
}

export function subjectOf(guest: GuestRow, facts: ReadFacts): Subject {
  const { kind, document, memoryBytes, backupJobs } = guest;
  return { kind, document, memoryBytes, lastBackup: lastBackupOf(guest, facts), backupJobs };
}

function blank(check: NewCheck, result: Finding['result']): Finding {
  const nothing = { path: null, expected: null, found: null, reason: null, origin: null };
  return { ...check, result, ...nothing, waiver: null, expiredWaiver: null };
}

/** A deviation is waived by the first waiver that counts; one that no longer does is told. */
function withWaiver(
  judged: Judged,
  candidate: Selectable,
  { waivers, at, uses }: { waivers: readonly CompiledWaiver[]; at: Date; uses: Map<CompiledWaiver, number> },
): Judged {
  const { finding } = judged;
  if (finding.result !== 'deviates') return judged;
  const covering = waivers.filter((waiver) => isAbout(waiver, finding) && waiver.selector.matches(candidate));
  const waiver = covering.find(({ endsAt }) => at < endsAt) ?? covering[0];
  if (waiver === undefined) return judged;
  uses.set(waiver, (uses.get(waiver) ?? 0) + 1);
  const told = { reason: waiver.reason, until: waiver.until };
  const isOver = at >= waiver.endsAt;
  return {
    ...judged,
    finding: isOver ? { ...finding, expiredWaiver: told } : { ...finding, result: 'waived', waiver: told },
  };
}

function isAbout({ rules, expect }: CompiledWaiver, { rule, expectation }: Finding): boolean {
  return (rules === null || rules.includes(rule)) && (expect === null || expect.includes(expectation));
}

/** Of one expectation: it deviates where any of what it found does. */
function resultOf(judged: readonly Judged[]): Check['result'] {
  const results = judged.map(({ finding }) => finding.result);
  return (['deviates', 'unknown', 'waived'] as const).find((result) => results.includes(result)) ?? 'passed';
}

function checkedGuest({ id, providerName, kind, nativeId, vmid, name }: GuestRow): CheckedGuest {
  return { guestId: id, provider: providerName, kind, nativeId, vmid, name };
}

function toReport(
  { select, reason, until, endsAt }: CompiledWaiver,
  { at, findings }: { at: Date; findings: number },
): WaiverReport {
  return { select, reason, until, isExpired: at >= endsAt, findings };
}
