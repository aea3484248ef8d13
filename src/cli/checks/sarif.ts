import { createHash } from 'node:crypto';
import type { CheckReport, Finding, Place } from '../../types/check.ts';
import type { ExitStatus } from '../exit-status.ts';
import { VERSION } from '../version.ts';
import { checkedRef, findingText, guestText, warningsOf } from './finding-words.ts';

/**
 * SARIF 2.1.0: a rule for each expectation of each rule, a result for each finding, at the line of the file that expects it and at
 * the guest. What is waived is suppressed; what is unknown is an open question, neither a failure nor a pass.
 */
export function toSarif(report: CheckReport, exitCode: ExitStatus) {
  const ids = [...new Set(report.findings.map(ruleIdOf))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'rollcall',
            version: VERSION,
            rules: ids.map((id) => ({ id, shortDescription: { text: id } })),
          },
        },
        invocations: [
          {
            executionSuccessful: true,
            exitCode,
            toolExecutionNotifications: warningsOf(report).map((text) => ({ level: 'warning', message: { text } })),
          },
        ],
        results: report.findings.map((finding) => toResult(finding, { report, index: ids.indexOf(ruleIdOf(finding)) })),
        properties: { at: report.at, counts: report.counts, inventory: report.inventory },
      },
    ],
  };
}

function ruleIdOf({ rule, expectation }: Finding): string {
  return `${rule}/${expectation}`;
}

function toResult(finding: Finding, { report, index }: { report: CheckReport; index: number }) {
  const { result, path, expected, found, reason, origin, waiver, place, rule, expectation, guestId } = finding;
  const isUnknown = result === 'unknown';
  return {
    ruleId: ruleIdOf(finding),
    ruleIndex: index,
    kind: isUnknown ? 'open' : 'fail',
    level: isUnknown ? 'none' : 'error',
    message: { text: `${guestText(finding)}: ${findingText(finding)}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(report.file) }, region: regionOf(place) },
        logicalLocations: [{ fullyQualifiedName: checkedRef(finding), kind: 'resource' }],
      },
    ],
    // The same finding in the next run, wherever in the file it is expected then.
    partialFingerprints: { 'rollcall/v1': hashOf([guestId, rule, expectation, path, expected]) },
    ...(waiver !== null && { suppressions: [{ kind: 'external', status: 'accepted', justification: waiver.reason }] }),
    properties: { path, expected, found, reason, ...origin, waivedUntil: waiver?.until ?? null },
  };
}

function regionOf({ line, column }: Place) {
  return { startLine: line, startColumn: column };
}

/** A path below the working directory; of Windows too with slashes. */
function uriOf(file: string): string {
  const wellFormed = file.replace(/\p{Cs}/gu, '\ufffd');
  return wellFormed.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
}

function hashOf(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
