import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HIDDEN, redactText } from '../../src/text/redact-text.ts';

const UUID = '01234567-89ab-4cde-8f01-23456789abcd';
const SHA256 = 'MEUCIQDu0qZ3f1xk9mYb7tWcV2aRj5sLp8nHgE4';
/** 40 characters, as AWS has them. */
const AWS_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const BASE64 = 'dXNlcjpodW50ZXIyKy8=';
const PEM_BODY = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N';

/** Each with what of it may not be seen. */
const TABLE: readonly (readonly [shape: string, text: string, secret: string])[] = [
  ['a token of Proxmox VE in a header', `Authorization: PVEAPIToken=root@pam!ci=${UUID}`, UUID],
  ['the same alone', `PVEAPIToken=root@pam!ci=${UUID}`, UUID],
  ['a token of Proxmox Backup Server', `PBSAPIToken=root@pam!ci:${UUID}`, UUID],
  ['a token with its id', `root@pam!ci=${UUID}`, UUID],
  ['the same, percent-encoded', `root%40pam!ci x@pam%21ci%3D${UUID}`, UUID],
  ['a ticket', `PVE:root@pam:6740A000::${SHA256}`, SHA256],
  ['a ticket, percent-encoded', `PVE%3Aroot%40pam%3A6740A000%3A%3A${SHA256}`, SHA256],
  ['a ticket for a console', `PVEVNC:6740A000::${SHA256}`, SHA256],
  ['a cookie of Proxmox VE', `Cookie: PVEAuthCookie=PVE:root@pam:6740A000::${SHA256}; lang=de`, SHA256],
  ['the same in a response', `set-cookie: PVEAuthCookie=PVE%3Aroot@pam%3A6740A000%3A%3A${SHA256}; path=/`, SHA256],
  ['the same in an array of headers', `'set-cookie': [ 'PVEAuthCookie=${SHA256}' ]`, SHA256],
  ['a token against forged requests', `6740A000:${SHA256.slice(0, 27)}`, SHA256.slice(0, 27)],
  ['the same in its header', `CSRFPreventionToken: 6740A000:${SHA256}`, SHA256],
  ['a login with a password', `Authorization: Basic ${BASE64}`, BASE64],
  ['the same as part of a text', `sent Basic ${BASE64} to it`, BASE64],
  ['a bearer', `curl -H "Authorization: Bearer ${UUID}"`, UUID],
  ['a proxy’s login', `Proxy-Authorization: Digest username="x", response="${SHA256}"`, SHA256],
  ['a cookie of anything', `cookie: a=1; sid=${SHA256}`, SHA256],
  ['an address with a password', 'https://user:hunter2@pve.example.com:8006/', 'hunter2'],
  ['an address with a password that has an @', 'https://user:hun@ter2@pve.example.com/', 'hun@ter2'],
  ['an address with a token in place of a user', `https://${'a1b2'.repeat(8)}@git.example.com/x`, 'a1b2'.repeat(8)],
  ['a database', 'postgresql://rollcall:p4/s:w0@rd@db.example.com:5432/rollcall?sslmode=require', 'p4/s:w0@rd'],
  ['a database with its password as a parameter', 'postgresql://db/rollcall?user=x&password=hunter2', 'hunter2'],
  ['another database', 'mongodb+srv://app:hunter2@cluster0.example.net/x', 'hunter2'],
  ['a cache without a user', 'redis://:hunter2@cache.example.com:6379/0', 'hunter2'],
  ['an access key of AWS', 'AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  ['a temporary one', 'key ASIAIOSFODNN7EXAMPLE.', 'ASIAIOSFODNN7EXAMPLE'],
  ['a secret of AWS in a file', `aws_secret_access_key = ${AWS_SECRET}`, AWS_SECRET],
  ['a secret of AWS in the environment', `AWS_SECRET_ACCESS_KEY=${AWS_SECRET}`, AWS_SECRET],
  ['a secret of AWS in XML', `<SecretAccessKey>${AWS_SECRET}</SecretAccessKey>`, AWS_SECRET],
  ['a session of AWS', `aws_session_token=IQoJb3JpZ2lu${AWS_SECRET}`, AWS_SECRET],
  ['a session of AWS alone', `FwoGZXIvYXdz${AWS_SECRET}`, AWS_SECRET],
  ['a session of AWS in a query', `?X-Amz-Security-Token=${SHA256}&x=1`, SHA256],
  ['a signed request of AWS', `AWS4-HMAC-SHA256 Credential=x/y, Signature=${SHA256}`, SHA256],
  ['a signed address of AWS', `https://b.s3.amazonaws.com/k?X-Amz-Signature=${SHA256}`, SHA256],
  [
    'a service account of GCP',
    `{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\\n${PEM_BODY}\\n-----END PRIVATE KEY-----\\n"}`,
    PEM_BODY,
  ],
  ['the same, cut off', `"private_key": "-----BEGIN PRIVATE KEY-----\\n${PEM_BODY}`, PEM_BODY],
  ['an access token of Google', `ya29.${SHA256}`, SHA256],
  ['an API key of Google', `AIza${SHA256.slice(0, 35)}`, SHA256.slice(0, 35)],
  ['a client secret of Google', `GOCSPX-${SHA256.slice(0, 28)}`, SHA256.slice(0, 28)],
  ['a client secret of Azure', `abc8Q~${SHA256.slice(0, 34)}`, SHA256.slice(0, 34)],
  ['the same by name', 'AZURE_CLIENT_SECRET=hunter2', 'hunter2'],
  ['a shared access signature', 'https://x.blob.core.windows.net/c?sv=2022&sig=a%2Fb%2Bc%3D&se=1', 'a%2Fb%2Bc%3D'],
  ['an account key', `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${BASE64};`, BASE64],
  ['a bus key', `SharedAccessKeyName=Root;SharedAccessKey=${BASE64}`, BASE64],
  ['a session of vSphere', `vmware-api-session-id: ${UUID}`, UUID],
  ['the same in JSON', `{"vmware-api-session-id":"${UUID}"}`, UUID],
  ['a session of vSphere’s SOAP', `vmware_soap_session="${UUID}"; Path=/`, UUID],
  ['a JSON web token', JWT, JWT],
  ['an unsigned one', `${JWT.split('.').slice(0, 2).join('.')}.`, 'eyJzdWIiOiIxMjM0NTY3ODkwIn0'],
  ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${PEM_BODY}\n-----END RSA PRIVATE KEY-----`, PEM_BODY],
  ['a key of OpenSSH', `-----BEGIN OPENSSH PRIVATE KEY-----\n${PEM_BODY}\n-----END OPENSSH PRIVATE KEY-----`, PEM_BODY],
  [
    'a key of PGP',
    `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${PEM_BODY}\n-----END PGP PRIVATE KEY BLOCK-----`,
    PEM_BODY,
  ],
  ['a key of PuTTY', `PuTTY-User-Key-File-3: x\nPrivate-Lines: 1\n${PEM_BODY}\nPrivate-MAC: 0`, PEM_BODY],
  ['a token of Slack', 'xoxb-123456789012-abcdefGHIJKL', '123456789012-abcdefGHIJKL'],
  ['a token of GitHub', `ghp_${'aB3'.repeat(12)}`, 'aB3'.repeat(12)],
  ['a fine-grained one', `github_pat_11AAAA_${'aB3'.repeat(12)}`, 'aB3'.repeat(12)],
  ['a token of GitLab', `glpat-${'aB3'.repeat(7)}`, 'aB3'.repeat(7)],
  ['a token of npm', `//registry/:_authToken=npm_${'aB3'.repeat(12)}`, 'aB3'.repeat(12)],
  ['a token of Vault', `X-Vault-Token: hvs.${SHA256}`, SHA256],
  ['a key of Stripe', `sk_live_${'aB3'.repeat(8)}`, 'aB3'.repeat(8)],
  ['a key of a model', `sk-ant-api03-${SHA256}`, SHA256],
  ['a hook of Slack', 'https://hooks.slack.com/services/T0/B0/XyZ123abc', 'T0/B0/XyZ123abc'],
  ['a hook of Discord', `https://discord.com/api/webhooks/123/${SHA256}`, SHA256],
  ['a hook of Discord’s older address', `https://discordapp.com/api/v10/webhooks/123/${SHA256}`, SHA256],
  ['a hook of Teams', `https://x.webhook.office.com/webhookb2/${UUID}@${UUID}/IncomingWebhook/a/b`, UUID],
  [
    'a bot of Telegram',
    `https://api.telegram.org/bot123456789:${SHA256.slice(0, 35)}/sendMessage`,
    SHA256.slice(0, 35),
  ],
  ['a key of a second factor', 'otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&issuer=x', 'JBSWY3DPEHPK3PXP'],
  ['a password in JSON', '{"user":"x","password":"hun\\"ter 2","y":1}', 'ter 2'],
  ['a password in JSON in JSON', String.raw`"{\"password\":\"hunter2\"}"`, 'hunter2'],
  ['a password in YAML', "db_password: 'hun ter2'", 'hun ter2'],
  ['a password in Ruby', ':password => "hunter2"', 'hunter2'],
  ['a password in a form', 'username=root%40pam&password=hunter2&x=1', 'hunter2'],
  ['a password with separators', 'password=hun,ter;2&x', 'hun,ter;2&x'],
  ['a password on a command line', 'mysql --password hunter2 --host x', 'hunter2'],
  ['a passphrase', 'LUKS_PASSPHRASE="hun ter2"', 'hun ter2'],
  ['an API key', 'x-api-key: hunter2', 'hunter2'],
  ['an encryption key', 'encryption-key=hunter2', 'hunter2'],
];

describe('credentials', () => {
  it.each(TABLE)('%s is hidden', (_shape, text, secret) => {
    const clean = redactText(text);
    expect(clean).toContain(HIDDEN);
    expect(clean).not.toContain(secret);
    expect(redactText(clean)).toBe(clean);
  });

  it('of any shape survive in no surroundings', () => {
    const word = fc.stringMatching(/^[a-z0-9 .,/(){}äé-]{0,20}$/);
    const edge = fc.constantFrom(' ', '\n', '"', "'", '\t', ' (', ' <', '\r\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, edge, fc.constantFrom(...TABLE), edge), { minLength: 1, maxLength: 6 }),
        (parts) => {
          const text = parts.map(([before, left, [, shape], right]) => `${before}${left}${shape}${right}`).join('');
          const clean = redactText(text);
          for (const [, , [, , secret]] of parts) expect(clean).not.toContain(secret);
          expect(redactText(clean)).toBe(clean);
        },
      ),
      { numRuns: 500 },
    );
  });
});

it.each([
  'GET /nodes/pve1/qemu/100/config: Configuration file does not exist (500)',
  'lab: 4 guests, 2 new (complete)',
  'https://pve.example.com:8006: connection refused',
  'https://[::1]:8006/api2/json/access/users/root@pam: permission denied (403)',
  'UPID:pve1:0000102A:0A8CD340:6B015D90:vzstart:200:root@pam:',
  'user root@pam!ci is disabled',
  'permission denied - invalid PVE ticket (401)',
  "no such token 'ci' for user 'root@pam' (400)",
  'SHA-256 B3:A8:B1:65:DA:05:DE:5D:27:00',
  'Basic authentication is not supported',
  'the secret in /etc/rollcall/prod.secret cannot be read (ENOENT)',
  'rollcall providers update prod --secret file:/etc/rollcall/prod.secret',
  '--password env:PROXMOX_PASSWORD',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  'postgresql://rollcall@db.example.com/rollcall',
  'PVE:8.4',
  '2026-11-21T10:00:00.000Z sk-1 eyJ.x xox',
  '',
])('leaves %j alone', (text) => expect(redactText(text)).toBe(text));

/** Anything quadratic takes hours over these. */
const MOST_MS = 10_000;

it.each([
  'PVE:',
  'PVE::',
  'eyJ',
  'eyJa.',
  '://',
  'a://b:',
  'https://a:',
  'token',
  'token=',
  'password="',
  "secret='",
  '\\"token\\":\\"',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '-',
  'Private-Lines: 1',
  '@a!',
  '@',
  '<token',
  '<',
  ' --token ',
  ' --',
  'Bearer ',
  'Basic a',
  'cookie: ',
  'authorization:',
  'hooks.slack.com/',
  'AKIA',
  'IQoJb3JpZ2lu',
  'sk-',
  'SG.',
  'abc8Q~',
  '0',
  'F',
  '0123456789:',
  'xoxb-',
  'ghp_',
  '1//0',
  '=',
  ':',
  '\\',
  '"',
  ' ',
  '\n',
  'a',
  '%3A',
  '?sig=',
  '«hidden»',
  'é',
  'access key',
])('takes linear time over a mebibyte of %j', (piece) => {
  const text = piece.repeat(Math.ceil(2 ** 20 / piece.length));
  for (const whole of [text, `token=${text}`, `${text}@`, `PVE:${text}`]) {
    const startedMs = performance.now();
    redactText(whole);
    expect(performance.now() - startedMs).toBeLessThan(MOST_MS);
  }
});
