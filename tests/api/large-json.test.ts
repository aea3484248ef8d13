import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseLargeJson } from '../../src/api/large-json.ts';
import { Oversize } from '../../src/api/limits.ts';

describe('a large answer', () => {
  it('reads as JSON.parse reads it, wherever it is cut into pieces', async () => {
    const property = fc.asyncProperty(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.nat({ max: 20 }),
      fc.constantFrom(undefined, 1),
      async (value, pieceCharacters, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(await parseLargeJson(text, pieceCharacters)).toStrictEqual(JSON.parse(text));
      },
    );
    await fc.assert(property);
  });

  it.each([
    '{"__proto__":{"a":1,"__proto__":2}}',
    '{"a":1,"a":[2],"b":{"c":1,"c":2}}',
    ' {"a" : [ ] , "b":{ }, "c" : "x,]}\\"" } ',
    '{"10":1,"2":{"10":1,"2":1}}',
  ])('reads %s', async (text) => {
    expect(await parseLargeJson(text, 0)).toStrictEqual(JSON.parse(text));
  });

  it('has null in place of NaN, and no half characters', async () => {
    expect(await parseLargeJson('{"a":[NaN,{"b":-inf}],"c":NaN,"d":["\\ud800"]}', 0)).toEqual({
      a: [null, { b: null }],
      c: null,
      d: ['\ufffd'],
    });
  });

  it.each([
    '',
    'x',
    '<html>',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{"a":1}x',
    '{"a" 1}',
    '{a:1}',
  ])('refuses %j as JSON.parse does', async (text) => expect(parseLargeJson(text, 0)).rejects.toThrow(SyntaxError));

  it.each(['[1,]', '[,1]', '[,]', '[1,,2]', '[1}', '[1', '{"b":1]', '{"b":1,}', '[1,{"b":2],3}', '[1 2]', '["x]'])(
    'refuses {"a":%s} as JSON.parse does',
    async (value) => {
      for (const pieceCharacters of [0, 1, 1000]) {
        await expect(parseLargeJson(`{"a":${value}}`, pieceCharacters)).rejects.toThrow(SyntaxError);
      }
    },
  );

  it('is no object when it is a list', async () => expect(await parseLargeJson('[1]')).toBeUndefined());

  it.each([
    ['rows', `{"data":[${'0,'.repeat(250_000)}0]}`, 'more than 250000 rows'],
    ['members', `{"data":{${'"a":0,'.repeat(250_000)}"a":0}}`, 'more than 250000 rows'],
    ['values', `{"data":[${`[${'0,'.repeat(40)}0],`.repeat(100_000)}0]}`, 'more than 4000000 values'],
    [
      'members that are lists',
      `{${'"a":[[],[],[],[],[],[],[],[]],'.repeat(300_000)}"a":0}`,
      'more than 4000000 values',
    ],
    ['values in a row', `{"data":[[${'{},'.repeat(5_000)}0]]}`, 'a row of more than 5000 values'],
    ['levels', `{"data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'nested deeper than 64 levels'],
  ])('with too many %s is refused', async (_what, text, message) => {
    const parsing = parseLargeJson(text);
    await expect(parsing).rejects.toThrow(Oversize);
    await expect(parsing).rejects.toThrow(message);
  });

  it('of blanks or signs alone is no JSON', async () => {
    for (const bare of [' ', '-', 'NaN ']) {
      await expect(parseLargeJson(`{"data":[${bare.repeat(2 ** 20 + 1)}]}`)).rejects.toThrow(SyntaxError);
    }
  });

  it('lets others have their turn after each piece', async () => {
    const rows = `{"data":[${'{"vmid":100,"name":"web"},'.repeat(50_000)}{}]}`;
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await parseLargeJson(rows);
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(rows.length / 2 ** 17 - 1);
  });
});
