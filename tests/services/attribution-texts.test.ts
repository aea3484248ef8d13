import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attributeChanges } from '../../src/providers/proxmox/attribution/attribute.ts';
import { guestConfiguration } from '../../src/providers/proxmox/guest-document.ts';
import { toLogEntry } from '../../src/providers/proxmox/log.ts';
import type { LogEntry } from '../../src/providers/proxmox/records/record.ts';
import type { Document } from '../../src/types/document.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import { at, change, evidence, task, told } from './attribution-evidence.ts';

let uid = 0;

/** A line as the server gives it. */
function line(msg: string, user = 'bob@pve', seconds = 150): LogEntry {
  const time = at(seconds).getTime() / 1000;
  return toLogEntry({ node: 'pve1', uid: String(++uid), time, user, tag: 'pvedaemon', pri: 6, msg }, null);
}

function documentOf(config: Record<string, string | number>): Document {
  return Object.fromEntries(guestConfiguration('qemu', config, null).fields);
}

/** Who is told to have changed a configuration, field by field. */
function whoChanged(
  before: Record<string, string | number>,
  after: Record<string, string | number>,
  ...lines: readonly LogEntry[]
): string[] {
  const document = documentOf(after);
  const given = change(diffDocuments(documentOf(before), document), { guest: { document } });
  return told(attributeChanges([given], evidence(...lines)));
}

const EXACT = 'bob@pve exact log update VM';
const LIKELY = 'bob@pve likely log update VM';

describe('a text of the log', () => {
  it.each([
    ['in several lines', 'first\nsecond\n\n- a: b=c', 'first#010second#010#010- a: b=c#010'],
    ['with letters that are not ASCII', 'Größe 10', 'Größe 10'],
    ['with escapes of older versions', 'Größe – ✓', 'Gr\\u00f6\\u00dfe \\u2013 \\u2713'],
    ['in capitals of an escape', 'é', '\\u00E9'],
    ['of few letters', 'äöü', '\\u00e4\\u00f6\\u00fc'],
    ['in another script', '日本語の説明です', '日本語の説明です'],
    ['in another script, escaped', '日本語', '\\u65e5\\u672c\\u8a9e'],
    ['with emoji as surrogate pairs', 'ok 😀🦄', 'ok \\ud83d\\ude00\\ud83e\\udd84'],
    ['with a tab', 'a\tb', 'a#009b'],
    ['that is written with a number sign', 'see #010 and \\u00e9', 'see #010 and \\u00e9'],
  ])('%s is the one that was found', (_, found, said) => {
    expect(whoChanged({}, { description: found }, line(`update VM 100: -description ${said}`))).toEqual([
      `description: ${EXACT}`,
    ]);
  });

  it('is not another one that differs in letters only that are not ASCII', () => {
    expect(whoChanged({}, { description: 'Größe' }, line('update VM 100: -description Grüße'))).toEqual([
      'description: unknown',
    ]);
    expect(whoChanged({}, { description: '日本' }, line('update VM 100: -description 中国'))).toEqual([
      'description: unknown',
    ]);
  });

  it('is found whatever it holds', () => {
    const char = fc.constantFrom('a', 'Z', '0', ' ', '#', '\\', 'u', '\n', 'é', '日', '😀', '-', '\t');
    const text = fc.array(char, { minLength: 1, maxLength: 30 }).map((chars) => `x${chars.join('')}x`);
    const logged = (value: string, isOld: boolean) =>
      Array.from({ length: value.length }, (_, index) => {
        const code = value.charCodeAt(index);
        if (code < 0x20) return `#${String(code).padStart(3, '0')}`;
        return isOld && code > 0x7e ? `\\u${code.toString(16).padStart(4, '0')}` : value.charAt(index);
      }).join('');
    fc.assert(
      fc.property(text, fc.boolean(), (found, isOld) => {
        const said = line(`update VM 100: -cores 2 -description ${logged(found, isOld)} -memory 64`);
        expect(whoChanged({}, { cores: 2, description: found, memory: 64 }, said)).toEqual([
          `cores description memory: ${EXACT}`,
        ]);
      }),
    );
  });
});

describe('a text that contains what looks like an option', () => {
  const note = 'Owner: a <a@b>\nnet0 -> vlan 20\n--force -memory 99 text\n';
  const logged = 'Owner: a <a@b>#010net0 -> vlan 20#010--force -memory 99 text#010';

  it('is read as the text that was found', () => {
    expect(whoChanged({}, { description: note }, line(`update VM 100: -description ${logged}`))).toEqual([
      `description: ${EXACT}`,
    ]);
  });

  it('does not give its numbers to the configuration', () => {
    const memory = whoChanged(
      { memory: 1, description: note },
      { memory: 99, description: note },
      line(`update VM 100: -description ${logged}`),
    );
    expect(memory).toEqual(['memory: unknown']);
  });

  it('ends where the value that was found ends', () => {
    const options = { args: '-no-reboot', 'cpu.cputype': 'host', numa: 1, sockets: 2 };
    const said = 'update VM 100: -affinity 0-1 -args -no-reboot -cpu host -numa 1 -sockets 2';
    expect(
      whoChanged({}, { affinity: '0-1', args: '-no-reboot', cpu: 'host', numa: 1, sockets: 2 }, line(said)),
    ).toEqual([`affinity ${Object.keys(options).join(' ')}: ${EXACT}`]);
  });

  it('is no more than likely when the text is another one by now', () => {
    const said = line('update VM 100: -description hello -memory 1024');
    expect(whoChanged({}, { description: 'later', memory: 1024 }, said)).toEqual([
      `memory: ${LIKELY}`,
      'description: unknown',
    ]);
  });

  it('is not read when it can be read in too many ways', () => {
    const entry = line(`update VM 100: -args ${'-description x '.repeat(60)}`);
    expect(entry.alternatives).toBeUndefined();
    expect(whoChanged({}, { memory: 5 }, entry)).toEqual(['memory: unknown']);
  });
});

describe('tags', () => {
  it.each([
    ['in capitals', 'Prod;WEB', 'prod;web'],
    ['that come twice', 'Prod;prod;a.b', 'a.b;prod'],
    ['in another order', 'b;a', 'a;b'],
    ['whose case the cluster heeds', 'Prod;web', 'Prod;web'],
  ])('%s are those that were found', (_, said, found) => {
    expect(whoChanged({ tags: 'x' }, { tags: found }, line(`update VM 100: -tags ${said}`))).toEqual([
      `tags: ${EXACT}`,
    ]);
  });

  it('are not others', () => {
    expect(whoChanged({ tags: 'x' }, { tags: 'prod' }, line('update VM 100: -tags Prod;web'))).toEqual([
      'tags: unknown',
    ]);
  });
});

describe('a line that the server has cut', () => {
  const text = Array.from({ length: 400 }, (_, index) => `Zeile ${String(index).padStart(4, '0')} äöü`).join('\n');
  const cut = (user = 'bob@pve') =>
    line(`update VM 100: -cores 2 -description ${text.replaceAll('\n', '#010')}`.slice(0, 4022), user);

  it('tells the text by its beginning, what came before it, and likely what came after it', () => {
    const after = { cores: 2, description: text, memory: 64, tags: 'a' };
    expect(whoChanged({}, after, cut())).toEqual([`cores description: ${EXACT}`, `memory tags: ${LIKELY}`]);
  });

  it('says nothing of what would have come before', () => {
    expect(whoChanged({}, { cores: 2, balloon: 5, description: text }, cut())).toEqual([
      `cores description: ${EXACT}`,
      'balloon: unknown',
    ]);
  });

  it('is of another text that begins otherwise', () => {
    expect(whoChanged({}, { description: `other ${text}` }, cut())).toEqual(['description: unknown']);
  });

  it('leaves what came after it to nobody when two have written such lines', () => {
    expect(whoChanged({}, { description: text, memory: 64 }, cut('alice@pve'), cut())).toEqual([
      'description: alice@pve likely log update VM',
      'memory: unknown',
    ]);
  });

  it('may be cut in the middle of an escape', () => {
    const whole = `${'x'.repeat(3990)}é`;
    const entry = line(`update VM 100: -description ${'x'.repeat(3990)}\\u00`);
    expect(whoChanged({}, { description: whole }, entry)).toEqual([`description: ${EXACT}`]);
  });

  it('may be cut in tags', () => {
    const tags = Array.from({ length: 700 }, (_, index) => `t${String(index).padStart(4, '0')}`).join(';');
    const entry = line(`update VM 100: -tags ${tags}`.slice(0, 4022));
    expect(whoChanged({}, { tags }, entry)).toEqual([`tags: ${LIKELY}`]);
  });
});

describe('an edit by POST, which is a task', () => {
  it('is no more than likely when the task failed', () => {
    const said = line('update VM 100: -memory 64');
    const failed = task('qmconfig 100', 'bob@pve', 150, 151, { state: 'failed' });
    const document = documentOf({ memory: 64 });
    const given = change([['memory', 1, 64]], { guest: { document } });
    expect(told(attributeChanges([given], evidence(said, failed)))).toEqual([`memory: ${LIKELY}`]);
    expect(told(attributeChanges([given], evidence(said, task('qmconfig 100', 'bob@pve', 150, 151))))).toEqual([
      `memory: ${EXACT}`,
    ]);
  });
});
