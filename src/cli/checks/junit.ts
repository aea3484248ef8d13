import type { Check, CheckReport, Finding } from '../../types/check.ts';
import type { SafeText } from '../output/escape.ts';
import { toXml, type XmlElement } from '../output/xml.ts';
import { findingText, guestText, warningsOf } from './finding-words.ts';

/**
 * A suite for each rule, and a case for each expectation on each guest. What deviates has failed, what is unknown is an error, and
 * what is waived was skipped.
 */
export function toJunit(report: CheckReport, checks: readonly Check[]): SafeText {
  const findings = new Map<string, Finding[]>();
  for (const finding of report.findings)
    findings.set(keyOf(finding), [...(findings.get(keyOf(finding)) ?? []), finding]);
  const byRule = new Map<string, Check[]>(report.rules.map(({ name }) => [name, []]));
  for (const check of checks) byRule.get(check.rule)?.push(check);
  const warnings = warningsOf(report);
  const suites = report.rules.map(({ name }, index) => {
    const suite = suiteOf(name, { report, findings, checks: byRule.get(name) ?? [] });
    // The format has no place for what is about all suites.
    const told = index === 0 && warnings.length > 0 ? [{ name: 'system-err', text: warnings.join('; ') }] : [];
    return { ...suite, children: [...(suite.children ?? []), ...told] };
  });
  return toXml({ name: 'testsuites', attributes: { name: 'rollcall check', ...countsOf(checks) }, children: suites });
}

function keyOf({ rule, guestId, expectation }: Check): string {
  return JSON.stringify([rule, guestId, expectation]);
}

function suiteOf(
  name: string,
  {
    report,
    findings,
    checks,
  }: { report: CheckReport; findings: ReadonlyMap<string, readonly Finding[]>; checks: readonly Check[] },
): XmlElement {
  const cases = checks.map((check) => caseOf(check, { report, findings: findings.get(keyOf(check)) ?? [] }));
  return {
    name: 'testsuite',
    attributes: { name, ...countsOf(checks), timestamp: report.at.toISOString().slice(0, 19) },
    children: cases,
  };
}

function countsOf(checks: readonly Check[]) {
  const count = (result: Check['result']) => checks.filter((check) => check.result === result).length;
  return {
    tests: checks.length,
    failures: count('deviates'),
    errors: count('unknown'),
    skipped: count('waived'),
    time: 0,
  };
}

const ELEMENTS = { deviates: 'failure', unknown: 'error', waived: 'skipped' } as const;

function caseOf(check: Check, { report, findings }: { report: CheckReport; findings: readonly Finding[] }): XmlElement {
  const { result, place } = check;
  const attributes = {
    classname: check.rule,
    name: `${guestText(check)}: ${check.expectation}`,
    file: report.file,
    line: place.line,
    time: 0,
  };
  if (result === 'passed') return { name: 'testcase', attributes };
  // A test has one outcome: a case that fails for one field may be waived for another.
  const texts = findings.filter((finding) => finding.result === result).map(findingText);
  const [first = ''] = texts;
  const message = texts.length > 1 ? `${first}; and ${texts.length - 1} more` : first;
  const element = ELEMENTS[result];
  const isSkipped = element === 'skipped';
  const outcome = isSkipped
    ? { name: element, attributes: { message } }
    : { name: element, attributes: { message, type: check.expectation }, text: texts.join('; ') };
  return { name: 'testcase', attributes, children: [outcome] };
}
