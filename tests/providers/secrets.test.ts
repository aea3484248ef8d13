import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSecretKey, maskEnvironment, maskSecret, maskText } from '../../src/text/mask-secrets.ts';
import { NUL_SIGN } from '../../src/types/nul-sign.ts';

const KEY = { id: '', secret: 'key of the tests' };
const masked = (secret: string): string => maskSecret(secret, KEY);

/** The secret, with the quotes around it if there are any. */
function quoted(secret: string): RegExp {
  const literal = secret.replace(/[.+*?()[\]\\]/g, '\\$&');
  return new RegExp(`"${literal}"|${literal}`);
}

describe('secrets inside of texts', () => {
  it.each([
    ['login with password=hunter2 please', 'hunter2'],
    ['Password: hunter2', 'hunter2'],
    ['db_passwd = "two words"', 'two words'],
    ['token=0123abcd;next', '0123abcd'],
    ['client-secret: s3cr3t', 's3cr3t'],
    ['"api_key": "k-123"', 'k-123'],
    ['curl -H "Authorization: Bearer abcdef123456"', 'abcdef123456'],
    ['Authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['PVEAPIToken=root@pam!x=11111111-2222-3333-4444-555555555555', '11111111-2222-3333-4444-555555555555'],
    ['use root@pam!x=11111111-2222-3333-4444-555555555555 here', '11111111-2222-3333-4444-555555555555'],
    ['key AKIAABCDEFGHIJKLMNOP', 'AKIAABCDEFGHIJKLMNOP'],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123', 'ghp_abcdefghijklmnopqrstuvwxyz0123'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF'],
    ['https://user:pa55@host/path', 'pa55'],
    ['-object secret,id=sec0,data=raw1', 'raw1'],
    ['run --password hunter2 -v', 'hunter2'],
    [
      'a\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\nz',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----',
    ],
    ['A_PASSWORD=hunter2\0TZ=Europe/Berlin', 'hunter2'],
    ['A_PASSWORD=hunter2\u2400TZ=Europe/Berlin', 'hunter2'],
    ['A_PASSWORD=hunter2\nTZ=Europe/Berlin', 'hunter2'],
    ['A_TOKEN="two words\u2400TZ="', '"two'],
    ['smb://user:pa55@host\u2400B=c@d', 'pa55'],
    ['run --password hunter2\u2400B=c', 'hunter2'],
    ['-object secret,id=sec0,data=raw1\u2400B=c', 'raw1'],
    ['PVEAPIToken=root@pam!x=1111\u2400B=c', '1111'],
    ['-----BEGIN RSA PRIVATE KEY-----\ncut off', '-----BEGIN RSA PRIVATE KEY-----\ncut off'],
  ])('are masked, and nothing else is: %s', (text, secret) => {
    const result = maskText(text, KEY);
    expect(result).not.toContain(secret);
    expect(result).toContain(masked(secret));
    expect(result.replace(masked(secret), 'SECRET')).toBe(text.replace(quoted(secret), 'SECRET'));
  });

  it.each(['Web server, see the wiki', 'owner: bob', 'http://host:8006/path', 'order=scsi0;net0', 'user@example.org'])(
    'leaves %s alone',
    (text) => {
      expect(maskText(text, KEY)).toBe(text);
    },
  );

  it('are masked although a mask stands in them, or far behind', () => {
    expect(maskText('-----BEGIN PRIVATE KEY-----\n«hidden»\nb3Bl\n-----END PRIVATE KEY-----', KEY)).not.toContain(
      'b3Bl',
    );
    expect(maskText(`password=${'x'.repeat(257)}«hidden»`, KEY)).not.toContain('xxx');
    expect(maskText(`password=${'x'.repeat(256)}«hidden»`, KEY)).toContain('xxx');
    expect(maskText('password="two «hidden» words"', KEY)).not.toContain('two');
  });

  it('have a mask of their own, a thousand in one text; the rest are hidden all the same', () => {
    const text = Array.from({ length: 3000 }, (_, index) => `token=s3cr3t-${index}`).join(' ');
    const result = maskText(text, KEY);
    expect(result).not.toContain('s3cr3t');
    expect(result.match(/«hidden:[0-9a-f]{8}»/g)).toHaveLength(1000);
    expect(result.match(/«hidden»/g)).toHaveLength(2000);
    // The same secret has the same mask, however often it comes.
    expect(maskText('token=a '.repeat(2000), KEY)).toBe(`token=${masked('a')} `.repeat(2000));
  });

  it('masks a text once', () => {
    const parts = fc.constantFrom(
      'password',
      '=',
      ':',
      ' ',
      '"',
      'token',
      'Bearer abcdefgh1',
      '://u:',
      '@',
      'x',
      'secret,data=',
      '--password ',
      '«',
      '»',
      '«hidden»',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (words) => {
        const once = maskText(words.join(''), KEY);
        expect(maskText(once, KEY)).toBe(once);
      }),
    );
  });
});

describe('a mask', () => {
  it('stays what it is, and marks what the server hides', () => {
    expect(masked(masked('a'))).toBe(masked('a'));
    expect(masked('<hidden>')).toBe('«hidden»');
    expect(masked('a')).not.toBe(masked('b'));
  });

  it.each([
    ['cipassword', true],
    ['sshkeys', true],
    ['api-key', true],
    ['pre-enrolled-keys', false],
    ['keyboard', false],
  ])('of key %s: %s', (key, isSecret) => {
    expect(isSecretKey(key)).toBe(isSecret);
  });
});

describe('an environment', () => {
  it.each([12, 1100])('of %i variables shows none that is called a password', (count) => {
    const others = Array.from({ length: count }, (_, index) => `NAME_${index}=value`);
    const text = [...others, 'DB_PASS=hunter2-very', 'PG_PWD=abc-secret', 'URL=https://me:pass-word@host/'].join(
      NUL_SIGN,
    );
    const masked = maskEnvironment(text, null);
    expect(masked).toContain(`NAME_0=value${NUL_SIGN}`);
    for (const secret of ['hunter2', 'abc-secret', 'pass-word']) expect(masked).not.toContain(secret);
  });
});
