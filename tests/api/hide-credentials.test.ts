import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hideCredentials } from '../../src/api/hide-credentials.ts';

/** What the words mean, as one pattern, which is slow for long texts. */
const CREDENTIAL = /\bPVE\w*(?::|%3A)[^\s"']*?(?:::|%3A%3A)[\w+/=%-]+|\bPVEAPIToken=[^\s"']+/g;

it.each([
  ['ticket PVE:root@pam:6B00FA1A::aBc+/== was refused', 'ticket # was refused'],
  ['PVEAPIToken=root@pam!x=1111-2222, bad', '# bad'],
  ['PVEAPIToken= bad', 'PVEAPIToken= bad'],
  ['"PVE%3Aroot%3A6B%3A%3AaBc%2F" and PVE:a::b', '"#" and #'],
  ['PVE:x,PVE:y PVE:z', 'PVE:x,PVE:y PVE:z'],
  ['PVE:x,PVEAPIToken=a', 'PVE:x,#'],
  ['PVEPVE:a::b', '#'],
  ['XPVE:a::b', 'XPVE:a::b'],
])('%s', (text, expected) => expect(hideCredentials(text, '#')).toBe(expected));

it('finds what the pattern finds', () => {
  const word = fc.constantFrom('PVE', ':', '::', '%3A', 'APIToken', '=', 'a', ' ', '"', '@', '!', '+', '-');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 25 }), (words) => {
      const text = words.join('');
      expect(hideCredentials(text, '#')).toBe(text.replace(CREDENTIAL, '#'));
    }),
    { numRuns: 3000 },
  );
});
