import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSelectors } from '../../src/services/selectors/parse-selector.ts';
import { CONFIG_FIELD, SELECTOR_FIELDS } from '../../src/services/selectors/selector-fields.ts';
import { documentAddresses } from '../../src/types/addresses.ts';
import { AppError } from '../../src/types/errors.ts';
import type { GuestRow } from '../../src/types/inventory.ts';
import type { Selectable } from '../../src/types/selector.ts';
import { guest as written } from '../helpers/plans.ts';

const NOW = new Date('2026-11-27T12:00:00Z');
const GIB = 2 ** 30;

function ago(hours: number): Date {
  return new Date(NOW.getTime() - hours * 3_600_000);
}

function guestRow(over: Partial<GuestRow> = {}): GuestRow {
  const { previousId: _, ...write } = written('web', 100);
  const row: Omit<GuestRow, 'addresses'> = {
    ...write,
    addressesAt: ago(1),
    addressesIssue: null,
    backupJobs: ['nightly'],
    os: { name: 'Debian GNU/Linux 12 (bookworm)', version: '12' },
    lastBackup: { at: ago(72), bytes: 200 * GIB, volume: null },
    providerId: 'p1',
    providerName: 'home',
    node: 'pve1',
    name: 'web-01',
    status: 'running',
    qmpstatus: null,
    isTemplate: false,
    tags: ['prod', 'web'],
    pool: 'shop',
    osType: 'l26',
    memoryBytes: 8 * GIB,
    diskBytes: 64 * GIB,
    firstSeenAt: ago(48),
    lastSeenAt: ago(1),
    isStale: false,
    telemetry: {
      cpu: 0.5,
      memoryUsedBytes: null,
      diskUsedBytes: null,
      uptimeSeconds: 7200,
      netInBytes: null,
      netOutBytes: null,
    },
    document: {
      'net0.bridge': 'vmbr1',
      'net0.macaddr': 'BC:24:11:00:00:01',
      'net0.ip': '10.0.0.5/24',
      'ipconfig1.ip6': 'fd00::5/64',
      'guest.addresses': ['192.0.2.7', 'fe80::1'],
      'scsi0.file': 'ceph-fast:vm-100-disk-0',
      'scsi0.size': 600 * GIB,
      'ide2.file': 'iso:iso/debian.iso',
      'ide2.media': 'cdrom',
      'snapshot.before-upgrade.time': ago(24 * 20).getTime() / 1000,
      'ha.state': 'started',
      onboot: 1,
      cores: 4,
    },
  };
  const addresses = documentAddresses(over.document ?? row.document);
  return { ...row, addresses, ...over };
}

function selects(
  texts: string | readonly string[],
  over: Partial<GuestRow> = {},
  changedAt: Date | null = ago(3),
): boolean {
  const candidate: Selectable = { guest: guestRow(over), changedAt };
  return parseSelectors([texts].flat(), NOW).matches(candidate);
}

describe('a selector matches', () => {
  it.each([
    'web-01',
    'WEB-*',
    'w?b-01',
    '100',
    '99-100',
    'home/web-*',
    'home/100',
    'qemu/100',
    'vm/100',
    'name="web-01"',
    "name='web-01'",
    'vmid=100',
    'vmid>=100',
    'vmid=100-199',
    'id=100',
    'provider=ho*',
    'kind=vm',
    'kind!=container',
    'node=pve*',
    'pool!=dev',
    'tag=prod',
    'tag!=test',
    'status=running',
    'presence=present',
    'template=no',
    'os=l26',
    'cpus>=2',
    'memory=8G',
    'memory>7.5GiB',
    'memory<=8192m',
    'disk<1T',
    'disk.size>500G',
    'disk.storage=ceph*',
    'disk.storage!=iso',
    'ip=10.0.0.0/24',
    'ip=10.0.0.*',
    'ip=192.0.2.7',
    'ip=fd00::/8',
    'ip=FD00:0:0::5',
    'mac=bc:24:11:*',
    'ha=started',
    'snapshot=before-*',
    'snapshot.age>14d',
    'uptime<3h',
    'uptime>=2h',
    'changed<24h',
    'created>1d',
    'seen<=1h',
    'config.net*.bridge=vmbr1',
    'config.onboot=1',
    'config.cores>2',
    'config.net9.bridge!=*',
    'tag=prod,memory>7G',
    'tag=prod , memory > 7G',
    'tag=none tag=prod',
    '!tag=none',
    '!(tag=none node=pve9)',
    'node=pve1,(tag=none tag=web)',
    'Name=web-01',
    'tag==prod',
    '99 100',
    'web-* db-*',
    'tag=none !db-*',
    'tag=none (web-01)',
  ])('%s', (text) => expect(selects(text)).toBe(true));

  it.each([
    'web',
    '101',
    '101-199',
    'lab/web-01',
    'container/100',
    'pool=dev',
    'tag!=prod',
    'status=stopped',
    'template=yes',
    'memory>8G',
    'disk.storage=iso',
    'ip=10.0.1.0/24',
    'ip=fd01::/16',
    'snapshot.age<14d',
    'uptime<1h',
    'changed<1h',
    'config.net0.bridge=vmbr0',
    'config.net0.bridge>1',
    'tag=prod,tag=none',
    '!web-01',
    '!(tag=none tag=prod)',
    '101 102',
    'db-* app-*',
  ])('and not: %s', (text) => expect(selects(text)).toBe(false));

  it('any of several', () => {
    expect(selects(['tag=none', 'web-*'])).toBe(true);
    expect(selects(['tag=none', 'db-*'])).toBe(false);
  });

  it('a name with spaces, as a whole or in quotation marks', () => {
    const over = { name: 'Web "1", main' };
    expect(selects('Web server 1', { name: 'web server 1' })).toBe(true);
    expect(selects('name="Web \\"1\\", main"', over)).toBe(true);
    expect(selects('!"Web \\"1\\", main"', over)).toBe(false);
  });

  it('by the reason of a suspension', () => {
    expect(selects('status=io-error', { status: 'suspended', qmpstatus: 'io-error' })).toBe(true);
    expect(selects('status=running', { status: 'suspended', qmpstatus: 'io-error' })).toBe(false);
  });

  it('nothing by a value that is not known, but for !=', () => {
    const over: Partial<GuestRow> = { memoryBytes: null, pool: null, vmid: null, telemetry: null };
    for (const text of ['memory>0', 'memory<1T', 'pool=*', 'vmid<200', 'uptime<1w'])
      expect(selects(text, over)).toBe(false);
    for (const text of ['memory!=8G', 'pool!=dev', '!pool=*', '!uptime>1h']) expect(selects(text, over)).toBe(true);
    expect(selects('changed<1w', {}, null)).toBe(false);
    expect(selects('!changed<1w', {}, null)).toBe(true);
  });

  it('a snapshot of which no time is told by no age', () => {
    expect(selects('snapshot.age>1d', { document: { 'snapshot.old.time': 0 } })).toBe(false);
  });

  it('no stopped guest by the uptime that it had', () => {
    expect(selects('uptime>1h', { status: 'stopped' })).toBe(false);
  });

  it('by every example of the help', () => {
    for (const { example } of [...SELECTOR_FIELDS, CONFIG_FIELD])
      expect(() => parseSelectors([example], NOW)).not.toThrow();
  });
});

describe('a text that is no selector is refused, with the place', () => {
  it.each([
    ['', 'it is empty', ''],
    [' ', 'it is empty', '^'],
    ['memroy>8G,tag=x', "there is no field 'memroy'", '^^^^^^'],
    ['tag=x,memroy>8G', "there is no field 'memroy'", '      ^^^^^^'],
    ['=x', 'a field is missing here', '^'],
    ['tag=', 'a value is missing here', '    ^'],
    ['tag=x,', 'a field or a name is missing here', '      ^'],
    ['tag=x,,web', 'a field or a name is missing here', '      ^'],
    ['memory>8', "'8' is not a size", '       ^'],
    ['memory>8X', "'8X' is not a size", '       ^^'],
    ['cpus>many', "'many' is not a number", '     ^^^^'],
    ['uptime<soon', "'soon' is not a duration", '       ^^^^'],
    ['template=maybe', "'maybe' is neither yes nor no", '         ^^^^^'],
    ['template>yes', "'template' has no order", '^^^^^^^^^^^^'],
    ['name>a', "'name' has no order", '^^^^^^'],
    ['vmid=1x', "'1x' is not an id", '     ^^'],
    ['ip=10.0.0.0/33', "'10.0.0.0/33' is not a network", '   ^^^^^^^^^^^'],
    ['ip=web/24', "'web/24' is not a network", '   ^^^^^^'],
    ['(tag=x', 'nothing closes this parenthesis', '^'],
    ['tag=x)', 'nothing opens this parenthesis', '     ^'],
    ['()', 'a field or a name is missing here', ' ^'],
    ['name="x', 'nothing closes this quotation mark', '     ^'],
    ['name=my vm', 'a word after a space could be a part of the value before', '        ^^'],
    ['name=my vm,kind=vm', 'a word after a space could be a part of the value before', '        ^^'],
    ['tag=prod 100', 'a word after a space could be a part of the value before', '         ^^^'],
    ['node=pve1(kind=vm)', 'a comma or a space is missing here', '         ^'],
    ['(tag=a)(tag=b)', 'a comma or a space is missing here', '       ^'],
    ['name=web"x"', 'a comma or a space is missing here', '        ^'],
    ['kind=vm!tag=prod', 'a comma or a space is missing here', '       ^'],
    ['vmid=104-100', "'104-100' ends before it begins", '     ^^^^^^^'],
    ['created=7d', "'created' is compared with < or >", '^^^^^^^^^^'],
    ['created!=7d', "'created' is compared with < or >", '^^^^^^^^^^^'],
    ['ip=10.0.0.0/8/9', "'10.0.0.0/8/9' is not a network", '   ^^^^^^^^^^^^'],
    ['config.=1', "there is no field 'config.'", '^^^^^^^'],
    [`${'!'.repeat(60)}web`, 'it is nested too deeply', `${' '.repeat(50)}^`],
    [`${'('.repeat(60)}web${')'.repeat(60)}`, 'it is nested too deeply', `${' '.repeat(50)}^`],
  ])('%j', (text, reason, mark) => {
    const refuse = () => parseSelectors([text], NOW);
    expect(refuse).toThrow(AppError);
    try {
      refuse();
    } catch (error) {
      expect(error).toMatchObject({ code: 'usage', hint: expect.stringMatching(/\S/) });
      const [message, shown, pointed] = (error as AppError).messageLines;
      expect([message, shown, pointed?.trimEnd()]).toEqual([
        `this is no selector: ${reason}`,
        `  ${text}`,
        `  ${mark === '' ? '^' : mark}`,
      ]);
    }
  });

  it('with the field that was meant, and all there are', () => {
    expect(() => parseSelectors(['memroy>8G'], NOW)).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/^did you mean memory\? fields: name, vmid, .*config\.PATH$/),
      }),
    );
  });
});

/** A selector as a tree, from which its text is written. */
type Tree =
  | { is: 'test'; field: 'tag' | 'memory' | 'vmid' | 'pool' | 'node'; operator: string; value: string | number }
  | { is: 'not'; of: Tree }
  | { is: 'and' | 'or'; of: readonly Tree[] };

const WORDS = ['prod', 'test', 'web'] as const;
const ORDERS = ['=', '!=', '>', '>=', '<', '<='] as const;

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc.record({
    is: fc.constant('test' as const),
    field: fc.constantFrom('tag' as const, 'pool' as const, 'node' as const),
    operator: fc.constantFrom('=', '!='),
    value: fc.constantFrom(...WORDS),
  }),
  fc.record({
    is: fc.constant('test' as const),
    field: fc.constantFrom('memory' as const, 'vmid' as const),
    operator: fc.constantFrom(...ORDERS),
    value: fc.integer({ min: 1, max: 4 }),
  }),
);

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({ is: fc.constant('not' as const), of: tie('tree') }),
    fc.record({
      is: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));

function write(one: Tree): string {
  switch (one.is) {
    case 'test':
      return `${one.field}${one.operator}${one.value}${one.field === 'memory' ? 'G' : ''}`;
    case 'not':
      return `!(${write(one.of)})`;
    case 'and':
      return one.of.map((part) => `(${write(part)})`).join(',');
    case 'or':
      return one.of.map((part) => `(${write(part)})`).join(' ');
  }
}

function compare(a: number, operator: string, b: number): boolean {
  const orders: Readonly<Record<string, boolean>> = {
    '=': a === b,
    '!=': a !== b,
    '>': a > b,
    '>=': a >= b,
    '<': a < b,
    '<=': a <= b,
  };
  return orders[operator] ?? false;
}

/** What a selector means, told without the parser. */
function isMeant(one: Tree, row: GuestRow): boolean {
  switch (one.is) {
    case 'not':
      return !isMeant(one.of, row);
    case 'and':
      return one.of.every((part) => isMeant(part, row));
    case 'or':
      return one.of.some((part) => isMeant(part, row));
    case 'test': {
      const { field, operator, value } = one;
      if (field === 'memory' || field === 'vmid') {
        const number = field === 'vmid' ? row.vmid : row.memoryBytes === null ? null : row.memoryBytes / GIB;
        return number === null ? operator === '!=' : compare(number, operator, Number(value));
      }
      const values = field === 'tag' ? row.tags : [field === 'pool' ? row.pool : row.node];
      return values.includes(String(value)) === (operator === '=');
    }
  }
}

const row = fc
  .record({
    tags: fc.uniqueArray(fc.constantFrom(...WORDS)),
    pool: fc.option(fc.constantFrom(...WORDS)),
    node: fc.constantFrom(...WORDS),
    vmid: fc.option(fc.integer({ min: 1, max: 4 })),
    memory: fc.option(fc.integer({ min: 1, max: 4 })),
  })
  .map(({ memory, ...rest }) => guestRow({ ...rest, memoryBytes: memory === null ? null : memory * GIB }));

it('means what a naive evaluation of its tree says', () => {
  fc.assert(
    fc.property(
      fc.array(tree, { minLength: 1, maxLength: 3 }),
      fc.array(row, { minLength: 1, maxLength: 8 }),
      (trees, rows) => {
        const selector = parseSelectors(trees.map(write), NOW);
        for (const guest of rows) {
          expect(selector.matches({ guest, changedAt: null })).toBe(trees.some((one) => isMeant(one, guest)));
        }
      },
    ),
    { numRuns: 2000 },
  );
});

it('never fails in another way, whatever the text', () => {
  const piece = fc.constantFrom(
    'tag',
    'memory',
    '=',
    '!=',
    '>',
    '(',
    ')',
    ',',
    ' ',
    '!',
    '"',
    "'",
    '\\',
    '8G',
    '*',
    'x',
    '/',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        parseSelectors([pieces.join('')], NOW).matches({ guest: guestRow(), changedAt: null });
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
    { numRuns: 3000 },
  );
});
