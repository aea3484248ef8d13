import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { carriesDigest } from '../../src/api/answer-digest.ts';

const DIGEST = '0123456789abcdef0123456789abcdef01234567';

it.each([
  [`{"data":{"digest":"${DIGEST}","memory":512}}`, true],
  [`{"data":{"memory":512,"digest":"${DIGEST}"}}`, true],
  [`{"data":{"memory":512,"digest":"${DIGEST.replace('0', '1')}"}}`, false],
  [`{"data":{"description":"\\"digest\\":\\"${DIGEST}\\""}}`, false],
  [`{"data":{"a\\"digest":"${DIGEST}"}}`, false],
  [`{"data":{"digest": "${DIGEST}"}}`, false],
  [`{"data":{"digest":"${DIGEST}","x":{"digest":"${DIGEST}"}}}`, false],
  [`{"data":{"digest":"${DIGEST}"`, false],
  ['', false],
])('%s: %s', (text, isKnown) => {
  expect(carriesDigest(text, DIGEST)).toBe(isKnown);
});

/** Texts that look like the key and its value, whole or in part. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('digest', '"digest":', `"digest":"${DIGEST}"`, `,"digest":"${DIGEST}`, DIGEST, '\\', '"', '{', ','),
  fc.array(fc.constantFrom('"', '\\', 'digest', ':', ',', '{', DIGEST)).map((parts) => parts.join('')),
);

function digestsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(key === 'digest' ? [inner] : []), ...digestsIn(inner)]);
}

it('is fooled by no text: what it finds is a key with that value, and there is no other', () => {
  const value = fc.oneof(
    text,
    fc.integer(),
    fc.array(text, { maxLength: 3 }),
    fc.dictionary(text, text, { maxKeys: 2 }),
  );
  fc.assert(
    fc.property(fc.dictionary(text, value, { maxKeys: 5 }), (data) => {
      if (carriesDigest(JSON.stringify({ data }), DIGEST)) expect(digestsIn(data)).toEqual([DIGEST]);
    }),
    { numRuns: 20_000 },
  );
});
