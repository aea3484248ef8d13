import { describe, expect, it } from '@jest/globals';
import { parseLogin } from '../../src/providers/azure/login/ways.ts';
import { azure } from '../../src/providers/azure/manifest.ts';
import { parseAddress, readAddress } from '../../src/providers/azure/subscription-address.ts';
import { callsLeft, readRefusal } from '../../src/providers/azure/throttle.ts';

const ID = '291bba3f-e0a5-47bc-a099-3bdcb2a50a05';

describe('what an address of Azure is', () => {
  it.each([
    ['all', 'https://management.azure.com/subscriptions'],
    [' ALL ', 'https://management.azure.com/subscriptions'],
    [ID.toUpperCase(), `https://management.azure.com/subscriptions/${ID}`],
    [`/subscriptions/${ID}`, `https://management.azure.com/subscriptions/${ID}`],
    ['https://localhost:8443/subscriptions', 'https://localhost:8443/subscriptions'],
    [
      `https://management.chinacloudapi.cn/subscriptions/${ID}/`,
      `https://management.chinacloudapi.cn/subscriptions/${ID}`,
    ],
  ])('%s is an address', (text, expected) => {
    expect(parseAddress(text)).toBe(expected);
    // What is stored is read again.
    expect(parseAddress(expected)).toBe(expected);
  });

  it.each([
    'production',
    '',
    `${ID}0`,
    'http://localhost/subscriptions',
    'https://localhost',
    'https://user:pw@localhost/subscriptions',
    `https://localhost/subscriptions/${ID}/resourceGroups/one`,
    'https://localhost/subscriptions?api-version=1',
  ])('%s is none', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it.each([
    ['https://management.azure.com', 'https://login.microsoftonline.com'],
    ['https://management.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn'],
    ['https://management.usgovcloudapi.net', 'https://login.microsoftonline.us'],
    ['https://gateway.example.com:8443', 'https://gateway.example.com:8443'],
  ])('%s is logged in to at %s', (origin, authority) => {
    expect(readAddress(`${origin}/subscriptions`)).toMatchObject({ origin, authority, subscription: null });
  });
});

describe('what a login of Azure is', () => {
  it.each([
    ['cli', { way: 'cli' }],
    ['managed-identity', { way: 'managed-identity', client: null }],
    [`managed-identity:${ID}`, { way: 'managed-identity', client: ID }],
    [`secret:example.onmicrosoft.com/${ID}`, { way: 'secret', tenant: 'example.onmicrosoft.com', client: ID }],
    [`certificate:${ID}/${ID}`, { way: 'certificate', tenant: ID, client: ID }],
  ])('%s', (text, expected) => {
    expect(parseLogin(text)).toEqual(expected);
  });

  it.each(['', 'cli:x', 'managed-identity:me', 'secret', `secret:${ID}`, `secret:a/../${ID}`, `password:${ID}/${ID}`])(
    '%s is none',
    (text) => {
      expect(parseLogin(text)).toBeNull();
    },
  );

  it('needs a secret only where Azure keeps none itself', () => {
    const own = azure.logins[0]?.withoutSecret;
    expect(['cli', 'managed-identity', `managed-identity:${ID}`].map((one) => own?.test(one))).toEqual([
      true,
      true,
      true,
    ]);
    expect([`secret:${ID}/${ID}`, `certificate:${ID}/${ID}`].map((one) => own?.test(one))).toEqual([false, false]);
  });
});

describe('what Azure says of too many calls', () => {
  it.each([
    [{}, Number.POSITIVE_INFINITY],
    [{ 'x-ms-ratelimit-remaining-subscription-reads': '11999' }, 11_999],
    [
      {
        'x-ms-ratelimit-remaining-resource':
          'Microsoft.Compute/HighCostGet3Min;107,Microsoft.Compute/HighCostGet30Min;4',
      },
      4,
    ],
    [{ 'x-ms-ratelimit-remaining-resource': 'unreadable' }, Number.POSITIVE_INFINITY],
  ])('%j leaves so many', (headers, expected) => {
    expect(callsLeft(headers)).toBe(expected);
  });

  it('is not waited for when it is longer than a run', () => {
    const refused = (seconds: number) => readRefusal({ status: 429, text: '', retryAfterMs: seconds * 1_000 });
    expect(refused(12)).toMatchObject({ code: 'server', isPassing: true });
    expect(refused(1200)).toMatchObject({
      code: 'server',
      isPassing: false,
      hint: expect.stringContaining('in 20 min'),
    });
  });

  it('does not take a subscription that is not seen for a machine that is gone', () => {
    const refused = (code: string) =>
      readRefusal({
        status: 404,
        text: JSON.stringify({ error: { code, message: 'not found' } }),
        retryAfterMs: undefined,
      });
    expect(refused('ResourceNotFound').code).toBeUndefined();
    expect(refused('SubscriptionNotFound').code).toBe('server');
    expect(readRefusal({ status: 404, text: '<html>', retryAfterMs: undefined }).code).toBe('server');
  });
});
