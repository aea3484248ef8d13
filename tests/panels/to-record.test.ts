import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toReading, toRecord } from '../../src/panels/to-record.ts';
import { RECORD_FIELDS } from '../../src/types/panel.ts';

const NOTHING = {
  provider: null,
  nativeId: null,
  uuid: null,
  macs: [],
  addresses: [],
  name: null,
  owner: null,
  state: null,
  cores: null,
  memoryBytes: null,
  diskBytes: null,
  package: null,
  isBilled: null,
};

describe('a row of a panel', () => {
  it('becomes a record with values in one form', () => {
    const row = {
      id: 17,
      provider: 'pve1',
      native_id: 100,
      uuid: '{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}',
      mac: 'bc24.1100.0001, bc-24-11-00-00-02',
      address: '192.0.2.5/24 2001:DB8:0:0::1/64',
      name: ' web ',
      owner: 7n,
      state: 'Active',
      cores: '2',
      memory_mb: '1024',
      disk_gb: 10.5,
      package: 'S',
      billed: 'no',
    };
    expect(toRecord(row)).toEqual({
      wrong: [],
      record: {
        id: '17',
        provider: 'pve1',
        nativeId: '100',
        uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
        macs: ['BC:24:11:00:00:01', 'BC:24:11:00:00:02'],
        addresses: ['192.0.2.5', '2001:db8::1'],
        name: 'web',
        owner: '7',
        state: 'running',
        cores: 2,
        memoryBytes: 2 ** 30,
        diskBytes: 10.5 * 2 ** 30,
        package: 'S',
        isBilled: false,
      },
    });
  });

  it.each([
    ['uuid', '00000000-0000-0000-0000-000000000000', []],
    ['uuid', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', []],
    ['uuid', 'none', ['uuid']],
    ['mac', '00:00:00:00:00:00', []],
    ['mac', 'eth0', ['mac']],
    ['address', '0.0.0.0', []],
    ['address', '192.0.2.300', ['address']],
    ['state', 'Pending', []],
    ['state', 'weird', ['state']],
    ['cores', -1, ['cores']],
    ['cores', 0, []],
    ['memory_mb', '1e400', ['memory_mb']],
    ['disk_gb', {}, ['disk_gb']],
    ['billed', 'perhaps', ['billed']],
    ['name', { first: 'web' }, ['name']],
    ['owner', [], ['owner']],
    ['state', Buffer.from('Active'), ['state']],
    ['mac', Buffer.from('bc2411000001'), ['mac']],
    ['address', [null, { ip: '192.0.2.1' }], ['address']],
  ])('has no %s where it is %j', (field, value, wrong) => {
    expect(toRecord({ id: 'a', [field]: value })).toEqual({ record: { id: 'a', ...NOTHING }, wrong });
  });

  it.each([
    ['Suspended', 'suspended'],
    ['Cancelled', 'terminated'],
    ['Terminated', 'terminated'],
    ['powered off', 'stopped'],
    ['POWERED_ON', 'running'],
  ])('is %s, hence %s', (word, state) => {
    expect(toRecord({ id: 'a', state: word })?.record.state).toBe(state);
  });

  it('never fails, whatever it holds', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...RECORD_FIELDS), anything), (row) => {
        expect(toReading([row]).records.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a list of rows', () => {
  it('is whole where each has an id of its own', () => {
    expect(toReading([{ id: 'a' }, { id: 'b' }])).toMatchObject({ doubt: null, records: [{ id: 'a' }, { id: 'b' }] });
  });

  it('is doubtful where an id is missing or there twice', () => {
    const { records, doubt } = toReading([{ id: 'a' }, { id: ' ' }, { name: 'x' }, { id: 'a' }]);
    expect(records).toHaveLength(1);
    expect(doubt).toBe('2 records have no id; an id is there twice (a)');
  });

  it('keeps the doubt that it came with', () => {
    expect(toReading([{ name: 'x' }], 'it changed').doubt).toBe('it changed; one record has no id');
  });

  it('names values that cannot be used, up to a number', () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ id: index, uuid: 'x' }));
    const { notes = [], doubt } = toReading(rows);
    expect(doubt).toBeNull();
    expect(notes).toHaveLength(21);
    expect(notes[0]).toBe('record 0: its uuid cannot be used');
    expect(notes[20]).toBe('and 10 more');
  });
});
