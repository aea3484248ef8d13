import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { SaxesParser } from 'saxes';
import { parse as parseYaml } from 'yaml';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

const HOUR_MS = 3_600_000;
const RULES = `version: 1
rules:
  - name: vms
    select: kind=vm
    expect:
      tags: [prod]
      onboot: true
      bridge: vmbr0
`;

let world: World;
/** A moment before the changes. */
let before: string;

beforeAll(async () => {
  world = await openWorld({ frozenDelayMs: 50 });
  const { lab, clock } = world;
  lab.as('alice@pve').setConfig(100, { onboot: 1, tags: 'prod' });
  lab.as('alice@pve').setConfig(101, { onboot: 1, tags: 'prod' });
  lab.as('alice@pve').setConfig(102, { onboot: null, tags: 'prod' });
  await world.rollcall('discover-all');
  write('rules.yaml', RULES);
  clock.advance(HOUR_MS);
  before = clock.now().toISOString();
  lab.as('admin@pve').setConfig(100, { onboot: 0 });
  lab.as('eve@pve').setConfig(101, { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr8' });
  clock.advance(HOUR_MS);
  await world.rollcall('discover-all');
  // Another one changes what deviates already.
  clock.advance(HOUR_MS);
  lab.as('bob@pve').setConfig(101, { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr9' });
  await world.rollcall('discover-all');
});

function write(name: string, text: string): void {
  writeFileSync(path.join(world.dir, name), text);
}

/** The findings of a check, without what is the same in all. */
async function findings(line: string): Promise<unknown[]> {
  const { json } = await world.rollcall(`${line} -o json`);
  return (json as { findings: { vmid: number; result: string; expectation: string; reason: string }[] }).findings.map(
    ({ vmid, result, expectation, reason }) => [vmid, result, expectation, reason],
  );
}

const TABLE = `GUEST    NAME      RULE  FIELD        EXPECTED  FOUND  SINCE       BY
lab/100  web-01    vms   onboot       yes       no     2 h ago     admin@pve
lab/101  proxy-02  vms   net0.bridge  vmbr0     vmbr9  2 h ago     eve@pve
lab/102  app-03    vms   onboot       yes       no     first seen  -

3 guests, 9 checks: 6 passed, 3 deviate
`;

const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="rollcall check" tests="9" failures="3" errors="0" skipped="0" time="0">
  <testsuite name="vms" tests="9" failures="3" errors="0" skipped="0" time="0" timestamp="2026-11-21T13:00:00">
    <testcase classname="vms" name="lab/100 web-01: tags" file="rules.yaml" line="6" time="0"/>
    <testcase classname="vms" name="lab/100 web-01: onboot" file="rules.yaml" line="7" time="0">
      <failure message="onboot: expected yes, found no, since 2026-11-21T11:00:00+00:00, by admin@pve" type="onboot">onboot: expected yes, found no, since 2026-11-21T11:00:00+00:00, by admin@pve</failure>
    </testcase>
    <testcase classname="vms" name="lab/100 web-01: bridge" file="rules.yaml" line="8" time="0"/>
    <testcase classname="vms" name="lab/101 proxy-02: tags" file="rules.yaml" line="6" time="0"/>
    <testcase classname="vms" name="lab/101 proxy-02: onboot" file="rules.yaml" line="7" time="0"/>
    <testcase classname="vms" name="lab/101 proxy-02: bridge" file="rules.yaml" line="8" time="0">
      <failure message="net0.bridge: expected vmbr0, found vmbr9, since 2026-11-21T11:00:00+00:00, by eve@pve" type="bridge">net0.bridge: expected vmbr0, found vmbr9, since 2026-11-21T11:00:00+00:00, by eve@pve</failure>
    </testcase>
    <testcase classname="vms" name="lab/102 app-03: tags" file="rules.yaml" line="6" time="0"/>
    <testcase classname="vms" name="lab/102 app-03: onboot" file="rules.yaml" line="7" time="0">
      <failure message="onboot: expected yes, found no, since 2026-11-21T10:00:00+00:00, when first seen" type="onboot">onboot: expected yes, found no, since 2026-11-21T10:00:00+00:00, when first seen</failure>
    </testcase>
    <testcase classname="vms" name="lab/102 app-03: bridge" file="rules.yaml" line="8" time="0"/>
  </testsuite>
</testsuites>
`;

describe('check', () => {
  it('prints what deviates, since when, and who made it so', async () => {
    expect(await world.rollcall('check rules.yaml')).toEqual({
      status: 8,
      stdout: TABLE,
      stderr: 'lab: as of just now, complete\n',
    });
  });

  it('prints the same as JSON', async () => {
    const { status, json } = await world.rollcall('check rules.yaml -o json');
    expect(status).toBe(8);
    expect(json).toEqual({
      file: 'rules.yaml',
      at: '2026-11-21T13:00:00.000Z',
      counts: { guests: 3, checks: 9, passed: 6, deviating: 3, waived: 0, unknown: 0 },
      rules: [{ name: 'vms', select: 'kind=vm', guests: 3, place: { line: 3, column: 5 } }],
      findings: [expect.anything(), expect.anything(), expect.anything()],
      waivers: [],
      inventory: [{ provider: 'lab', asOf: '2026-11-21T13:00:00.000Z', outcome: 'complete', problem: null }],
    });
    expect((json as { findings: unknown[] }).findings[1]).toEqual({
      guestId: expect.any(String),
      provider: 'lab',
      kind: 'qemu',
      nativeId: '101',
      vmid: 101,
      name: 'proxy-02',
      rule: 'vms',
      expectation: 'bridge',
      place: { line: 8, column: 7 },
      result: 'deviates',
      path: 'net0.bridge',
      expected: 'vmbr0',
      found: 'vmbr9',
      reason: null,
      origin: {
        origin: 'changed',
        since: '2026-11-21T11:00:00.000Z',
        notBefore: null,
        actor: 'eve@pve',
        token: null,
        via: 'update VM',
        ref: expect.stringMatching(/^pve2\/\d+$/),
        confidence: 'exact',
      },
      waiver: null,
      expiredWaiver: null,
    });
  });

  it('prints a report for JUnit, which is well formed', async () => {
    const ran = await world.rollcall('check rules.yaml --report junit');
    expect(ran).toEqual({ status: 8, stdout: JUNIT, stderr: '' });
    const names: string[] = [];
    const parser = new SaxesParser();
    parser.on('opentag', ({ name }) => names.push(name));
    parser.on('error', (error) => {
      throw error;
    });
    parser.write(ran.stdout).close();
    expect(names.filter((name) => name === 'testcase')).toHaveLength(9);
  });

  it('prints SARIF, as its schema asks', async () => {
    const ran = await world.rollcall('check rules.yaml --report sarif');
    expect(ran).toMatchObject({ status: 8, stderr: '' });
    expectSarif(ran);
    expect(ran.json).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'rollcall', rules: [{ id: 'vms/onboot' }, { id: 'vms/bridge' }] } },
          invocations: [{ executionSuccessful: true, exitCode: 8, toolExecutionNotifications: [] }],
        },
      ],
    });
    const [run] = (ran.json as { runs: { results: unknown[] }[] }).runs;
    expect(run?.results[0]).toEqual({
      ruleId: 'vms/onboot',
      ruleIndex: 0,
      kind: 'fail',
      level: 'error',
      message: {
        text: 'lab/100 web-01: onboot: expected yes, found no, since 2026-11-21T11:00:00+00:00, by admin@pve',
      },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'rules.yaml' },
            region: { startLine: 7, startColumn: 7 },
          },
          logicalLocations: [{ fullyQualifiedName: 'lab/100', kind: 'resource' }],
        },
      ],
      partialFingerprints: { 'rollcall/v1': expect.stringMatching(/^[0-9a-f]{64}$/) },
      properties: expect.objectContaining({ origin: 'changed', actor: 'admin@pve', confidence: 'exact' }),
    });
  });

  it('prints references and lines of CSV like every list', async () => {
    expect((await world.rollcall('check rules.yaml -o name')).stdout).toBe('lab/100\nlab/101\nlab/102\n');
    const csv = (await world.rollcall('check rules.yaml -o csv --columns guest,field,by')).stdout;
    expect(csv).toBe('guest,field,by\nlab/100,onboot,admin@pve\nlab/101,net0.bridge,eve@pve\nlab/102,onboot,\n');
  });

  it('compares with the state of a past time', async () => {
    const ran = await world.rollcall(`check rules.yaml --at ${before} -o json`);
    expect(ran).toMatchObject({ status: 8 });
    expect(await findings(`check rules.yaml --at ${before}`)).toEqual([[102, 'deviates', 'onboot', null]]);
    const early = await world.rollcall('check rules.yaml --at 2026-11-01');
    expect(early.status).toBe(5);
    expect(early.stdout).toBe('0 guests, 0 checks: 0 passed\n');
    expect(early.stderr).toContain('warning: lab: no run of that time is kept');
    expect(early.stderr).toContain('warning: rule vms selects no guest');
  });

  it('ends with 0 where all is as expected, and with 5 where a rule is about nobody', async () => {
    write('all.yaml', 'version: 1\nrules: [{ name: all, select: vmid=100, expect: { memory: { min: 1M } } }]\n');
    expect(await world.rollcall('check all.yaml')).toMatchObject({ status: 0 });
    write('nobody.yaml', 'version: 1\nrules: [{ name: gone, select: tag=none, expect: { onboot: true } }]\n');
    expect(await world.rollcall('check nobody.yaml')).toEqual({
      status: 5,
      stdout: '0 guests, 0 checks: 0 passed\n',
      stderr: 'lab: as of just now, complete\nwarning: rule gone selects no guest\n',
    });
  });

  it('passes nothing where nothing was recorded', async () => {
    const { rollcall, dir } = await openWorld();
    writeFileSync(path.join(dir, 'rules.yaml'), RULES);
    expect(await rollcall('check rules.yaml --quiet')).toMatchObject({ status: 5 });
    expect((await rollcall('check rules.yaml')).stderr).toBe(
      'warning: nothing has been recorded yet: run `rollcall discover-all`\nwarning: rule vms selects no guest\n',
    );
    expect((await rollcall('check rules.yaml --report junit')).stdout).toContain(
      '<system-err>nothing has been recorded yet: ',
    );
  });

  it('refuses a file that is not there or wrong, at the place', async () => {
    expect(await world.rollcall('check')).toMatchObject({
      status: 2,
      stdout: '',
      stderr:
        'error: expectations.yaml cannot be read (ENOENT)\nhint: `rollcall expect init --from SELECTOR` writes a file of expectations\n',
    });
    write('wrong.yaml', RULES.replace('onboot', 'onbot').replace('kind=vm', 'knd=vm'));
    expect(await world.rollcall('check wrong.yaml')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: `error: wrong.yaml cannot be used for 2 problems:
  wrong.yaml:4:13  this is no selector: there is no field 'knd'; did you mean kind?
  wrong.yaml:7:7  there is no expectation 'onbot'; did you mean onboot?
hint: \`rollcall expect --help\` shows an example; docs/expectations.md explains every expectation.
`,
    });
    const both = await world.rollcall('check rules.yaml --report junit -o json');
    expect(both).toMatchObject({ status: 2, stderr: expect.stringMatching(/^error: --report junit does not go/) });
  });
});

const WAIVERS = `waivers:
  - select: vmid=100
    expect: [onboot]
    reason: moves to another cluster
    until: 2026-11-21
  - select: vmid=101-102
    rules: [vms]
    reason: was never meant to last
    until: 2026-11-20
`;

describe('a waiver', () => {
  it('takes deviations out until the end of its last day, and is told when it has ended', async () => {
    write('waived.yaml', `${RULES}${WAIVERS}`);
    const ran = await world.rollcall('check waived.yaml');
    expect(ran.status).toBe(8);
    expect(ran.stdout).toContain('3 guests, 9 checks: 6 passed, 2 deviate, 1 waived\n');
    expect(ran.stdout).toContain('\nwaived: onboot of lab/100 until 2026-11-21: moves to another cluster\n');
    const wide = await world.rollcall('check waived.yaml -o wide');
    expect(wide.stdout).toMatch(/^waived +lab\/100 .* until 2026-11-21: moves to another cluster +\d+$/m);
    expect(ran.stderr).toContain(
      'warning: the waiver of vmid=101-102 ended on 2026-11-20 and no longer counts: was never meant to last\n',
    );
    const { json } = await world.rollcall('check waived.yaml -o json');
    expect(json).toMatchObject({
      findings: [
        { vmid: 100, result: 'waived', waiver: { until: '2026-11-21' }, expiredWaiver: null },
        { vmid: 101, result: 'deviates', waiver: null, expiredWaiver: { until: '2026-11-20' } },
        { vmid: 102, result: 'deviates', waiver: null, expiredWaiver: { until: '2026-11-20' } },
      ],
      waivers: [
        { isExpired: false, findings: 1 },
        { isExpired: true, findings: 2 },
      ],
    });
  });

  it('is a skipped test of JUnit and a suppression of SARIF', async () => {
    const junit = await world.rollcall('check waived.yaml --report junit');
    expect(junit.stdout).toContain('tests="9" failures="2" errors="0" skipped="1"');
    expect(junit.stdout).toMatch(/<skipped message="onboot: .*, waived until 2026-11-21: moves to another cluster"\/>/);
    expect(junit.stdout).toMatch(/<system-err>the waiver of vmid=101-102 ended on 2026-11-20 .*<\/system-err>/);
    const sarif = await world.rollcall('check waived.yaml --report sarif');
    expectSarif(sarif);
    expect(sarif.json).toMatchObject({
      runs: [
        {
          invocations: [{ toolExecutionNotifications: [{ level: 'warning' }] }],
          results: [
            { suppressions: [{ kind: 'external', status: 'accepted', justification: 'moves to another cluster' }] },
            {},
            {},
          ],
        },
      ],
    });
  });

  it('leaves a status of 0 where it covers all that deviates, beside one that has ended', async () => {
    const old = '{ select: kind=vm, reason: y, until: 2020-01-01 }';
    write('all-waived.yaml', `${RULES}waivers: [${old}, { select: kind=vm, reason: x, until: 2030-01-01 }]\n`);
    expect(await world.rollcall('check all-waived.yaml')).toMatchObject({ status: 0 });
  });
});

describe('what could not be observed is unknown', () => {
  const NOT_KNOWN = / failures="0" errors="1" skipped="0".*<error message="onboot: unknown, /s;
  const OF_101 = 'version: 1\nrules: [{ name: one, select: vmid=101, expect: { onboot: true } }]\n';

  it('of a guest whose node is off', async () => {
    write('one.yaml', OF_101);
    expect(await world.rollcall('check one.yaml')).toMatchObject({ status: 0 });
    world.lab.node('pve2').powerOff();
    world.clock.advance(HOUR_MS);
    await world.rollcall('discover-all');
    const ran = await world.rollcall('check one.yaml');
    expect(ran.status).toBe(5);
    expect(ran.stdout).toBe(
      'unknown: onboot of lab/101: the guest cannot be observed: node pve2 is offline\n\n1 guest, 1 check: 0 passed, 1 unknown\n',
    );
    expect(await findings('check one.yaml')).toEqual([
      [101, 'unknown', 'onboot', 'the guest cannot be observed: node pve2 is offline'],
    ]);
    expect((await world.rollcall('check one.yaml --report junit')).stdout).toMatch(NOT_KNOWN);
    const sarif = await world.rollcall('check one.yaml --report sarif');
    expectSarif(sarif);
    expect(sarif.json).toMatchObject({ runs: [{ results: [{ kind: 'open', level: 'none' }] }] });
    // Then it was there.
    expect(await world.rollcall(`check one.yaml --at ${before}`)).toMatchObject({ status: 0 });
    world.lab.node('pve2').powerOn();
    await world.rollcall('discover-all');
    expect(await world.rollcall('check one.yaml')).toMatchObject({ status: 0 });
  });

  it('of a guest whose configuration was not read, now and for that time', async () => {
    world.clock.advance(HOUR_MS);
    const end = world.lab.faults.add({
      match: /qemu\/101\/(?:config|pending)/,
      effect: { kind: 'status', status: 500, reason: 'broken' },
    });
    await world.rollcall('discover-all');
    end();
    const at = world.clock.now().toISOString();
    expect(await world.rollcall('check one.yaml')).toMatchObject({ status: 5 });
    expect(await findings('check one.yaml')).toEqual([
      [101, 'unknown', 'onboot', expect.stringMatching(/^its configuration may have changed: 1 of \d /)],
    ]);
    world.clock.advance(HOUR_MS);
    await world.rollcall('discover-all');
    expect(await world.rollcall('check one.yaml')).toMatchObject({ status: 0 });
    expect(await world.rollcall(`check one.yaml --at ${at}`)).toMatchObject({ status: 5 });
  });

  it('of a backup, unless a fresh one is known, or none was made while all tasks were read', async () => {
    write('backups.yaml', 'version: 1\nrules: [{ name: b, select: vmid=100, expect: { backupMaxAge: 2d } }]\n');
    expect(await findings('check backups.yaml')).toEqual([
      [100, 'unknown', 'backupMaxAge', 'no backup is known, and the guest is not known for that long'],
    ]);
    world.lab.as('root@pam').backup(100);
    const taken = world.clock.now();
    world.clock.advance(HOUR_MS);
    await world.rollcall('discover-all');
    expect(await world.rollcall('check backups.yaml')).toMatchObject({ status: 0 });
    world.clock.advance(3 * 24 * HOUR_MS);
    await world.rollcall('discover-all');
    expect((await world.rollcall('check backups.yaml -o json')).json).toMatchObject({
      findings: [
        {
          result: 'deviates',
          path: null,
          expected: 'at most 2d old',
          found: '3d old',
          origin: { origin: 'age', since: new Date(taken.getTime() + 48 * HOUR_MS).toISOString(), actor: null },
        },
      ],
    });
    // The log of a newer one is not read.
    world.lab.as('root@pam').backup(100);
    world.clock.advance(HOUR_MS);
    await world.rollcall('discover-all --guest-budget 0');
    expect(await findings('check backups.yaml')).toEqual([
      [100, 'unknown', 'backupMaxAge', 'there may be a newer backup: the log of one was not read'],
    ]);
  });

  it('of an inventory that is too old, which is told where a run failed', async () => {
    await world.lab.stopListening();
    world.clock.advance(24 * HOUR_MS);
    await world.rollcall('discover-all');
    const told = await world.rollcall('check one.yaml');
    expect(told).toMatchObject({ status: 5, stderr: expect.stringMatching(/warning: lab: the last run failed: /) });
    const old = await world.rollcall('check one.yaml --max-age 2h');
    expect(old).toMatchObject({ status: 5, stdout: expect.stringMatching(/is as of 2026-\S+, which is too old/) });
    await world.lab.resumeListening();
    await world.rollcall('discover-all');
    expect(await world.rollcall('check one.yaml --max-age 2h')).toMatchObject({ status: 0 });
  });

  it('of guests that the last run did not ask for', async () => {
    world.clock.advance(24 * HOUR_MS);
    await world.rollcall('discover-nodes');
    const old = await world.rollcall('check one.yaml --max-age 2h');
    expect(old).toMatchObject({ status: 5, stdout: expect.stringMatching(/is as of 2026-\S+, which is too old/) });
    await world.rollcall('discover-all');
    expect(await world.rollcall('check one.yaml --max-age 2h')).toMatchObject({ status: 0 });
  });
});

describe('expect init', () => {
  it('writes what guests have in common, and a schema for editors', async () => {
    const ran = await world.rollcall('expect init new.yaml --from vmid=100-101 --from kind=container');
    expect(ran).toEqual({
      status: 0,
      stdout: '',
      stderr: 'new.yaml: 2 rules, made from 3 guests\nhint: `rollcall check new.yaml` compares with it\n',
    });
    expect(read('new.yaml')).toBe(`# yaml-language-server: $schema=expectations.schema.json
# Checked by \`rollcall check\`. docs/expectations.md explains every expectation.

version: 1
rules:
  - name: vmid=100-101
    select: vmid=100-101
    expect:
      tags: [ prod ]
      memory: 8G
      bridge: [ vmbr0, vmbr9 ]
      agent: true
      config:
        ostype: l26
      # snapshotMaxAge: 14d   # no snapshot is older
      # backupMaxAge: 2d     # the last backup is not older
  - name: kind=container
    select: kind=container
    expect:
      tags: [ app, prod ]
      memory: 512M
      onboot: true
      bridge: vmbr0
      ha: false
      config:
        cores: 4
        ostype: debian
      # snapshotMaxAge: 14d   # no snapshot is older
      # backupMaxAge: 2d     # the last backup is not older

# waivers:
#   - select: name=legacy-*
#     rules: [production]
#     expect: [onboot]
#     reason: is switched off at the end of the year
#     until: 2026-12-31
`);
    expect(statSync(path.join(world.dir, 'new.yaml')).mode & 0o777).toBe(0o600);
    expect(await world.rollcall('check new.yaml')).toMatchObject({ status: 0 });
  });

  it('leaves out a tag without which nothing would be selected', async () => {
    await world.rollcall('expect init tagged.yaml --from tag=prod,kind=vm');
    expect(parseYaml(read('tagged.yaml'))).toMatchObject({
      rules: [{ expect: expect.not.objectContaining({ tags: [] }) }],
    });
    expect(read('tagged.yaml')).not.toContain('tags:');
  });

  it('replaces nothing unless it is told to, and follows no link', async () => {
    expect(await world.rollcall('expect init new.yaml --from 100')).toMatchObject({
      status: 2,
      stderr: 'error: new.yaml exists already\nhint: --force replaces it; or name another file\n',
    });
    write('elsewhere', 'stays');
    symlinkSync('elsewhere', path.join(world.dir, 'link.yaml'));
    expect(await world.rollcall('expect init link.yaml --from 100')).toMatchObject({ status: 2 });
    expect(await world.rollcall('expect init link.yaml --from 100 --force')).toMatchObject({ status: 0 });
    expect(read('elsewhere')).toBe('stays');
    expect(await world.rollcall('check link.yaml')).toMatchObject({ status: 0 });
  });

  it('wants guests that are there', async () => {
    expect(await world.rollcall('expect init x.yaml')).toMatchObject({ status: 2 });
    expect(await world.rollcall('expect init x.yaml --from tag=none')).toMatchObject({
      status: 1,
      stderr: 'error: `tag=none` selects no guest\nhint: `list-guests` shows guests, and takes the same selectors.\n',
    });
    expect(await world.rollcall('expect init x.yaml --from memroy>8G')).toMatchObject({ status: 2 });
  });
});

describe('expect schema', () => {
  it('prints what editors validate files with', async () => {
    const { status, json } = await world.rollcall('expect schema');
    expect(status).toBe(0);
    expect(JSON.parse(read('expectations.schema.json'))).toEqual(json);
    const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(json as object);
    for (const name of ['new.yaml', 'rules.yaml', 'waived.yaml']) {
      expect([name, isValid(parseYaml(read(name))), isValid.errors]).toEqual([name, true, null]);
    }
    expect(isValid(parseYaml(RULES.replace('onboot', 'onbot')))).toBe(false);
    expect(isValid(parseYaml(RULES.replace('onboot: true', 'memory: 8X')))).toBe(false);
    expect(isValid(parseYaml(RULES.replace('kind=vm', '[]')))).toBe(false);
  });
});

function read(name: string): string {
  return readFileSync(path.join(world.dir, name), 'utf8');
}

const SARIF: object = JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/sarif-2.1.0.json'), 'utf8'));
const formats = { uri: true, 'uri-reference': true, 'date-time': true } as const;
const isSarif = new Ajv({ strict: false, formats, unicodeRegExp: false }).compile(SARIF);

function expectSarif({ json }: Ran): void {
  expect([isSarif(json), isSarif.errors]).toEqual([true, null]);
}
