import { describe, expect, it } from '@jest/globals';
import { databaseError } from '../../src/repositories/db/database-errors.ts';
import { Reader } from '../../src/repositories/db/reader.ts';
import type { Row } from '../../src/repositories/db/row.ts';
import { openSqliteFile, sqliteAdapter } from '../../src/repositories/db/sqlite-adapter.ts';
import {
  isArrayOf,
  isEither,
  isNullOr,
  isNumber,
  isRecordOf,
  isShape,
  isText,
  isTexts,
  isWord,
} from '../../src/repositories/db/stored-shape.ts';
import { watchedAdapter } from '../../src/repositories/db/watched-adapter.ts';
import { Where } from '../../src/repositories/db/where.ts';

const sent: string[] = [];
const { adapter } = watchedAdapter(sqliteAdapter(openSqliteFile(':memory:')), {
  onStatement: (sql) => sent.push(sql),
  toError: (error) => databaseError('DB', error),
});
const reader = new Reader('sqlite', adapter);

function readOne<T>(sql: string, toValue: (row: Row) => T): Promise<T | null> {
  return reader.find({ sql: `SELECT 'web' AS "id", ${sql} AS "it"`, noun: 'guest' }, toValue);
}

describe('a row', () => {
  it.each<[string, (row: Row) => unknown, unknown]>([
    ["'a'", (row) => row.text('it'), 'a'],
    ['NULL', (row) => row.textOrNull('it'), null],
    ['5', (row) => row.number('it'), 5],
    ['0.25', (row) => row.number('it'), 0.25],
    ["'9007199254740993'", (row) => row.number('it'), 9_007_199_254_740_992],
    ['NULL', (row) => row.numberOrNull('it'), null],
    ['1', (row) => row.boolean('it'), true],
    ['0', (row) => row.boolean('it'), false],
    ["'2026-11-21T10:00:00.000+00:00'", (row) => row.time('it'), new Date('2026-11-21T10:00:00Z')],
    ['NULL', (row) => row.timeOrNull('it'), null],
    ["'b'", (row) => row.word('it', ['a', 'b']), 'b'],
    ['NULL', (row) => row.wordOrNull('it', ['a', 'b']), null],
    [`'["a"]'`, (row) => row.json('it', isTexts), ['a']],
    ['NULL', (row) => row.jsonOrNull('it', isTexts), null],
  ])('%s', async (sql, toValue, expected) => {
    expect(await readOne(sql, toValue)).toEqual(expected);
  });

  it.each<[string, (row: Row) => unknown, string]>([
    ['NULL', (row) => row.text('it'), 'is no text'],
    ['5', (row) => row.textOrNull('it'), 'is no text'],
    ["x'00'", (row) => row.text('it'), 'is no text'],
    ["'five'", (row) => row.number('it'), 'is no number'],
    ['2', (row) => row.boolean('it'), 'is neither true nor false'],
    ["'yesterday'", (row) => row.time('it'), 'is no time'],
    ['5', (row) => row.timeOrNull('it'), 'is no time'],
    ["'c'", (row) => row.word('it', ['a', 'b']), 'is none of a, b'],
    ["'{'", (row) => row.json('it', isTexts), 'is no JSON'],
    ["'[1]'", (row) => row.json('it', isTexts), 'is not what it should be'],
  ])('that holds %s is told by its name', async (sql, toValue, why) => {
    await expect(readOne(sql, toValue)).rejects.toMatchObject({
      code: 'database',
      message: `The database holds a damaged row, guest web: its it ${why}`,
      hint: expect.stringContaining('rollcall verify'),
    });
  });

  it.each([64, 20_000])('that holds JSON of %i levels too many is told as well', async (levels) => {
    const sql = `'["a",${'['.repeat(levels)}${']'.repeat(levels)}]'`;
    await expect(readOne(sql, (row) => row.json('it', isTexts))).rejects.toMatchObject({
      code: 'database',
      message: 'The database holds a damaged row, guest web: its it is nested too deep',
    });
  });

  it('has the columns of its statement, and no others', async () => {
    await expect(readOne('1', (row) => row.text('other'))).rejects.toThrow('the statement has no column other');
  });
});

describe('the reader', () => {
  it('gives all rows, the first one, or none', async () => {
    const query = { sql: 'SELECT value AS "id" FROM json_each(?)', values: ['[1,2]'], noun: 'number' };
    expect(await reader.list(query, (row) => row.number('id'))).toEqual([1, 2]);
    expect(await reader.find(query, (row) => row.number('id'))).toBe(1);
    expect(await reader.find({ ...query, values: ['[]'] }, (row) => row.number('id'))).toBeNull();
  });

  it('words what the database refuses', async () => {
    const { adapter: closed } = watchedAdapter(sqliteAdapter(openSqliteFile(':memory:')), {
      onStatement: () => undefined,
      toError: () => databaseError('DB', Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' })),
    });
    await closed.dispose();
    await closed.dispose();
    await expect(new Reader('sqlite', closed).list({ sql: 'SELECT 1', noun: 'x' }, (row) => row)).rejects.toMatchObject(
      { name: 'AppError', code: 'database', message: expect.stringContaining('DB') },
    );
  });
});

describe('conditions', () => {
  it('name each parameter once, in the order of the text', () => {
    const at = new Date('2026-11-21T10:00:00Z');
    const where = new Where('postgresql')
      .is('"kind"', '=', 'qemu')
      .is('"pool"', '=', undefined)
      .among('"id"', ['a'])
      .among('"node"', undefined)
      .is('"at"', '>', at);
    expect(where.sql).toBe('WHERE "kind" = $1 AND "id" IN (SELECT jsonb_array_elements_text($2::jsonb)) AND "at" > $3');
    expect(where.values).toEqual(['qemu', '["a"]', at]);
    expect(new Where('sqlite').is('"at"', '>', at).values).toEqual(['2026-11-21T10:00:00.000+00:00']);
    expect(new Where('sqlite').sql).toBe('');
  });
});

describe('shapes of stored JSON', () => {
  const isSized = isShape<{ name: string }, { sizes: number[] }>({ name: isText }, { sizes: isArrayOf(isNumber) });

  it.each<[unknown, boolean]>([
    [{ name: 'a' }, true],
    [{ name: 'a', sizes: [1], more: true }, true],
    [{ name: 'a', sizes: ['1'] }, false],
    [{ sizes: [] }, false],
    [['a'], false],
    [null, false],
  ])('%j has its required keys, and of the optional ones none of another shape: %j', (value, expected) => {
    expect(isSized(value)).toBe(expected);
  });

  it('may be one of several, a word, null, or a record', () => {
    const isIt = isNullOr(isEither(isWord(['on', 'off']), isRecordOf(isNumber)));
    expect([null, 'on', { a: 1 }].every((value) => isIt(value))).toBe(true);
    expect(['maybe', { a: '1' }, undefined].some((value) => isIt(value))).toBe(false);
  });
});
