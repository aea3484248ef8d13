import { describe, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { toJunit } from '../../src/cli/checks/junit.ts';
import { toSarif } from '../../src/cli/checks/sarif.ts';
import { isSafeText } from '../../src/cli/output/escape.ts';
import { toJson } from '../../src/cli/output/serialize.ts';
import { toXml } from '../../src/cli/output/xml.ts';
import type { CheckReport, Finding } from '../../src/types/check.ts';

const HOSTILE = [
  ']]>',
  '<![CDATA[x]]>',
  '"><script>alert(1)</script>',
  "' onload='x",
  '&lt;&#0;&amp;',
  '\u0000\u0001\u0008\u000b\u001b[2J',
  'a\r\nb\tc',
  '\u202e\u200b\u2028',
  '\ufffe\uffff',
  '\ud800 and \udc00',
  '<!DOCTYPE x [<!ENTITY a "b">]>',
  '<?xml?>-->',
  'ünïcode 🙂',
];

const NAMES = HOSTILE.join(' ');

function findingWith(text: string): Finding {
  return {
    guestId: text,
    provider: text,
    kind: 'qemu',
    nativeId: text,
    vmid: null,
    name: text,
    rule: text,
    expectation: `config.${text}`,
    place: { line: 1, column: 2 },
    result: 'deviates',
    path: text,
    expected: text,
    found: text,
    reason: null,
    origin: {
      origin: 'changed',
      since: new Date(0),
      notBefore: null,
      actor: text,
      token: text,
      via: text,
      ref: text,
      confidence: 'exact',
    },
    waiver: null,
    expiredWaiver: { reason: text, until: '2026-01-01' },
  };
}

function reportWith(text: string): CheckReport {
  return {
    file: text,
    at: new Date(0),
    counts: { guests: 1, checks: 1, passed: 0, deviating: 1, waived: 0, unknown: 0 },
    rules: [{ name: text, select: text, guests: 1, place: { line: 1, column: 2 } }],
    findings: [findingWith(text)],
    waivers: [{ select: text, reason: text, until: '2026-01-01', isExpired: true, findings: 1 }],
    inventory: [{ provider: text, asOf: null, outcome: null, problem: text }],
  };
}

/** Names of elements, all text, and all attributes of a document that is well formed. */
function parsed(xml: string) {
  const found = { names: [] as string[], text: '', attributes: [] as string[] };
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    found.names.push(name);
    found.attributes.push(...Object.values(attributes).map(String));
  });
  parser.on('text', (text) => {
    found.text += text;
  });
  parser.on('cdata', () => {
    throw new Error('a piece of text became CDATA');
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return found;
}

describe('names that mean harm', () => {
  it.each([...HOSTILE, NAMES])('stay text in XML: %j', (text) => {
    const report = reportWith(text);
    const xml = toJunit(report, report.findings);
    const { names, attributes } = parsed(xml);
    expect(names).toEqual(['testsuites', 'testsuite', 'testcase', 'failure', 'system-err']);
    expect(isSafeText(xml.replaceAll('\n', ''))).toBe(true);
    expect(xml.trimEnd().split('\n')).toHaveLength(9);
    // What XML allows and a terminal shows is there as it is.
    if (/^[\x20-\x7e]*$/.test(text)) expect(attributes).toContain(text);
  });

  it.each([...HOSTILE, NAMES])('stay text in SARIF: %j', (text) => {
    const json = toJson(toSarif(reportWith(text), 8));
    expect(isSafeText(json.replaceAll('\n', ''))).toBe(true);
    expect(JSON.parse(json)).toMatchObject({ runs: [{ results: [{ properties: { found: text, actor: text } }] }] });
  });

  it('do not end an element that is written by itself', () => {
    const { names, text, attributes } = parsed(
      toXml({ name: 'a', attributes: { b: NAMES, c: null, d: 0 }, children: [{ name: 'e', text: ']]>&<' }] }),
    );
    expect(names).toEqual(['a', 'e']);
    expect(text.trim()).toBe(']]>&<');
    expect(attributes).toHaveLength(2);
  });
});
