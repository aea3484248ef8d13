import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectationText } from '../../src/cli/checks/expectation-text.ts';
import type { Expectations, RuleText } from '../../src/services/checks/expectation-schema.ts';
import { compileExpectations } from '../../src/services/checks/expectations.ts';
import { isUnknown } from '../../src/services/checks/judgement.ts';
import type { KnownBackup, LastBackup } from '../../src/services/checks/last-backup.ts';
import { parseExpectations } from '../../src/services/checks/parse-file.ts';
import { readYaml } from '../../src/services/checks/yaml-places.ts';
import type { Document } from '../../src/types/document.ts';
import type { GuestKind } from '../../src/types/guest.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
const daysAgo = (days: number): number => NOW.getTime() / 1000 - days * 86_400;

interface Given {
  kind?: GuestKind;
  memoryBytes?: number;
  lastBackup?: LastBackup;
  backupJobs?: readonly string[];
}

const ago = (days: number): Date => new Date(daysAgo(days) * 1000);
const backup = (known: Partial<KnownBackup>): Given => ({
  lastBackup: { at: null, doubt: null, unreadAt: null, knownSince: ago(30), ...known },
});

/** `path: expected / found` of every deviation, or why it is unknown. */
function judged(wanted: Expectations, document: Document, given: Given = {}): string[] {
  const { kind = 'qemu', memoryBytes = null, lastBackup = 'unknown', backupJobs = null } = given;
  return compileExpectations(wanted).flatMap((expectation) => {
    const judgement = expectation.judge(
      { kind, document: { cores: 1, ...document }, memoryBytes, lastBackup, backupJobs },
      NOW,
    );
    if (isUnknown(judgement)) return [`unknown: ${judgement.unknown}`];
    return judgement.map(({ path, expected, found }) => `${path}: ${expected} / ${found}`);
  });
}

const PLATFORM = 'is not read of this platform: leave its guests out of the rule';

describe('an expectation', () => {
  it.each<[Expectations, Document, string[], Given?]>([
    [{ tags: ['prod'] }, { tags: ['Prod', 'web'] }, []],
    [{ tags: ['prod', 'web'] }, { tags: ['dev'] }, ['tags: prod / dev', 'tags: web / dev']],
    [{ tags: ['prod'] }, {}, ['tags: prod / none']],
    [{ memory: '4G' }, { memory: 4096 }, []],
    [{ memory: '4G' }, { memory: 4097 }, ['memory: 4G / 4097M']],
    [{ memory: { min: '1G', max: '4G' } }, { memory: 512 }, ['memory: 1G to 4G / 512M']],
    [{ memory: { min: '1G' } }, { memory: 512 }, ['memory: at least 1G / 512M']],
    [{ memory: { max: '1G' } }, { memory: 2048 }, ['memory: at most 1G / 2G']],
    // The server's default.
    [{ memory: '512M' }, {}, []],
    [{ memory: { max: '8G' } }, { memory: 0 }, ['memory: at most 8G / unlimited'], { kind: 'lxc' }],
    [{ memory: { min: '8G' } }, { memory: 0 }, [], { kind: 'lxc' }],
    [{ memory: '4G' }, {}, ['unknown: its memory is not known'], { kind: 'vm' }],
    [{ memory: '4G' }, {}, [], { kind: 'vm', memoryBytes: 2 ** 32 }],
    [{ onboot: true }, { onboot: 1 }, []],
    [{ onboot: true }, {}, ['onboot: yes / no']],
    [{ onboot: false }, { onboot: 1 }, ['onboot: no / yes']],
    [{ onboot: false }, {}, []],
    [{ onboot: true }, {}, [`unknown: onboot ${PLATFORM}`], { kind: 'vm' }],
    [{ bridge: 'vmbr0' }, { 'net0.bridge': 'vmbr0', 'net1.bridge': 'vmbr1' }, ['net1.bridge: vmbr0 / vmbr1']],
    [{ bridge: ['vmbr0', 'vmbr1*'] }, { 'net0.bridge': 'vmbr0', 'net1.bridge': 'vmbr12' }, []],
    [{ bridge: 'vmbr0' }, {}, ['net0.bridge: vmbr0 / no network card']],
    [{ bridge: 'vmbr0' }, { 'net1.model': 'virtio' }, ['net1.bridge: vmbr0 / no bridge']],
    [{ bridge: 'vmbr0' }, {}, [`unknown: bridge ${PLATFORM}`], { kind: 'vm' }],
    [{ agent: true }, { 'agent.enabled': 1 }, []],
    [{ agent: true }, {}, ['agent.enabled: yes / no']],
    [{ agent: true }, {}, ['unknown: containers have no guest agent: leave them out of the rule'], { kind: 'lxc' }],
    [{ agent: true }, {}, [`unknown: agent ${PLATFORM}`], { kind: 'vm' }],
    [{ ha: 'started' }, { 'ha.state': 'started' }, []],
    [{ ha: 'started' }, { 'ha.state': 'stopped' }, ['ha.state: started / stopped']],
    [{ ha: true }, { 'ha.state': 'stopped' }, []],
    [{ ha: true }, {}, ['ha.state: any state / none']],
    [{ ha: false }, { 'ha.state': 'started' }, ['ha.state: none / started']],
    [{ ha: 'none' }, {}, []],
    [{ snapshotMaxAge: '14d' }, {}, []],
    [{ snapshotMaxAge: '14d' }, { 'snapshot.a.time': daysAgo(13) }, []],
    [
      { snapshotMaxAge: '14d' },
      { 'snapshot.a.time': daysAgo(15), 'snapshot.b.c.time': daysAgo(30) },
      ['snapshot.a.time: at most 14d old / 15d old', 'snapshot.b.c.time: at most 14d old / 30d old'],
    ],
    [{ snapshotMaxAge: '14d' }, { 'snapshot.a.time': 0 }, ['unknown: the age of snapshot a is not known']],
    [{ backupMaxAge: '2d' }, {}, ['unknown: backups are not read of this platform: leave its guests out of the rule']],
    [{ backupMaxAge: '2d' }, {}, ['null: at most 2d old / no backup'], backup({})],
    [{ backupMaxAge: '2d' }, {}, [], backup({ at: ago(1), doubt: 'x', unreadAt: ago(0.5) })],
    [{ backupMaxAge: '2d' }, {}, ['null: at most 2d old / 3d old'], backup({ at: ago(3), unreadAt: ago(2.5) })],
    [
      { backupMaxAge: '2d' },
      {},
      ['unknown: there may be a newer backup: the log of one was not read'],
      backup({ at: ago(3), unreadAt: ago(1) }),
    ],
    [
      { backupMaxAge: '2d' },
      {},
      ['unknown: there may be a newer backup: pve1 is off'],
      backup({ doubt: 'pve1 is off' }),
    ],
    [
      { backupMaxAge: '2d' },
      {},
      ['unknown: no backup is known, and the guest is not known for that long'],
      backup({ knownSince: ago(1) }),
    ],
    [{ backupJob: true }, {}, ['unknown: the backup jobs that include it are not known']],
    [{ backupJob: true }, {}, ['null: yes / no'], { backupJobs: [] }],
    [{ backupJob: true }, {}, [], { backupJobs: ['nightly'] }],
    [{ backupJob: false }, {}, ['null: no / yes'], { backupJobs: ['nightly'] }],
    [{ config: { onboot: true } }, { onboot: 1 }, []],
    [{ config: { onboot: '1' } }, { onboot: 1 }, []],
    [{ config: { scsihw: 'virtio*' } }, { scsihw: 'virtio-scsi' }, ['scsihw: virtio* / virtio-scsi']],
    [{ config: { 'scsi*.iothread': 1 } }, { 'scsi0.iothread': 1, 'scsi1.iothread': 0 }, ['scsi1.iothread: 1 / 0']],
    [{ config: { machine: 'q35' } }, {}, ['machine: q35 / not set']],
    [{ config: { machine: null } }, {}, []],
    [{ config: { machine: null } }, { machine: 'q35' }, ['machine: not set / q35']],
    [{ config: { tags: ['b', 'a'] } }, { tags: ['a', 'b'] }, []],
    [{ config: { tags: ['a', 'a'] } }, { tags: ['a', 'b'] }, ['tags: a, a / a, b']],
    [{ config: { tags: 'a' } }, { tags: ['a'] }, []],
    [{ config: { cores: ['1', '2'] } }, {}, ['cores: 1, 2 / 1']],
  ])('%j of %j: %j', (...row) => {
    // A fourth parameter would be Jest's callback where a row has three.
    const [wanted, document, expected, given] = row;
    expect(judged(wanted, document, given)).toEqual(expected);
  });
});

const HOSTILE = [
  '"quoted" \'twice\'',
  'a: b # c',
  '- x',
  '!!js/function "x"',
  '*alias &anchor',
  ']]> <![CDATA[ &amp;',
  'line\nbreak\r\n',
  '\u001b[31mred',
  '\u202edeceive',
  '\u2028',
  '# comment',
  '%YAML 1.2',
  '---',
  'null',
  'yes',
  '0x10',
  ' spaces ',
  '{flow: [x]}',
  '\ud800',
  '\ufeff',
  '\u0085',
  'no',
  '~',
];

describe('a file that is written', () => {
  const texts = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.string({ minLength: 1 }),
  );
  const rules = fc.array(
    fc.record({
      name: texts,
      select: texts,
      expect: fc.record({
        tags: fc.array(texts, { minLength: 1, maxLength: 4 }),
        bridge: fc.oneof(texts, fc.array(texts, { minLength: 1, maxLength: 3 })),
        config: fc.constant({ 'net0.bridge': 'x' }),
      }),
    }),
    { minLength: 1, maxLength: 4 },
  );

  it('is read as what was written, whatever the texts are', () => {
    fc.assert(
      fc.property(rules, (written: RuleText[]) => {
        const { value, problems } = readYaml(expectationText(written, { schema: 's.json' }));
        expect(problems).toEqual([]);
        expect(value).toEqual({ version: 1, rules: written });
      }),
      { numRuns: 300 },
    );
  });

  it('shows what it holds: no text of it breaks a line, is no comment, or acts on a terminal', () => {
    for (const text of HOSTILE) {
      const written = expectationText([{ name: text, select: 'x', expect: { tags: [text] } }], { schema: 's.json' });
      expect(written).not.toMatch(/[^\n -~]/);
      expect(written.split('\n')).toHaveLength(19);
    }
  });

  it('begins with the line by which editors find its schema', () => {
    const text = expectationText([{ name: 'a', select: 'tag=a', expect: { onboot: true } }], { schema: 'a b.json' });
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=a%20b.json');
    expect(parseExpectations(text, { file: 'f.yaml', now: NOW }).rules).toHaveLength(1);
  });
});
