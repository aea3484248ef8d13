import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalizeEndpoint } from '../../src/api/endpoint-address.ts';
import { parseJson } from '../../src/api/json.ts';
import { parseUpid } from '../../src/api/upid.ts';
import { openAgent, readFingerprint } from '../../src/net/connection.ts';
import { normalizeFingerprint } from '../../src/net/pinned-agent.ts';
import { Redactor } from '../../src/net/redact.ts';
import { RunSignal } from '../../src/net/run-signal.ts';
import { toWireFailure } from '../../src/net/wire-failure.ts';
import { AppError } from '../../src/types/errors.ts';

describe('parseJson', () => {
  it.each([
    ['"\\ud83d"', '\ufffd'],
    ['"\\udc00\\uD83D\\uDE00"', '\ufffd😀'],
    ['"\\\\ud83d"', '\\ud83d'],
  ])('%s has no half characters', (text, expected) => expect(parseJson(text)).toBe(expected));

  it('reads numbers that are none as null, and leaves strings alone', () => {
    const text = String.raw`{"cpu":NaN,"a":[-Infinity,Infinity, nan,inf],"name":"NaN \" Infinity","b":{"NaN":-NaN}}`;
    expect(parseJson(text)).toEqual({
      cpu: null,
      a: [null, null, null, null],
      name: 'NaN " Infinity',
      b: { NaN: null },
    });
  });

  it('reads all JSON as JSON.parse does, also beside a NaN', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(`[NaN,${text}]`)).toEqual([null, JSON.parse(text)]);
      }),
    );
  });

  it('throws for anything else', () => {
    expect(() => parseJson('<html>')).toThrow(SyntaxError);
    expect(() => parseJson('{"a":NaN')).toThrow(SyntaxError);
  });

  it('is not slow for a large body with a NaN', () => {
    const text = `{"a":"${'x\\n'.repeat(500_000)}","b":NaN}`;
    expect(parseJson(text)).toMatchObject({ b: null });
  });
});

describe('parseUpid', () => {
  it('reads every part', () => {
    expect(parseUpid('UPID:pve-1:00005AB6:0002E2461:6B00FA1A:vzdump:200:root@pam!full:')).toEqual({
      upid: 'UPID:pve-1:00005AB6:0002E2461:6B00FA1A:vzdump:200:root@pam!full:',
      node: 'pve-1',
      pid: 0x5ab6,
      startedAt: new Date(0x6b00fa1a * 1000),
      type: 'vzdump',
      id: '200',
      user: 'root@pam',
      token: 'full',
    });
    expect(parseUpid('UPID:a:00000001:00000002:6B00FA1A:aptupdate::root@pam:')).toMatchObject({ id: '', token: null });
  });

  it.each([
    '',
    'foobar',
    'UPID:a:1:2:3:t:i:u:',
    'UPID:a:00000001:00000002:6B00FA1A:t:i:u',
    'UPID:a b:00000001:00000002:6B00FA1A:t:i:u:',
  ])('refuses %j', (text) => expect(parseUpid(text)).toBeNull());
});

describe('addresses', () => {
  it.each([
    ['pve1', 'https://pve1:8006'],
    ['pve1:443', 'https://pve1'],
    ['pve1:8007/', 'https://pve1:8007'],
    ['https://pve1', 'https://pve1'],
    [' https://pve1:8006/api2/json ', 'https://pve1:8006'],
    ['[::1]', 'https://[::1]:8006'],
    ['[::1]:8007', 'https://[::1]:8007'],
    ['http://pve1:80', 'http://pve1'],
    ['https://proxy/pve/', 'https://proxy/pve'],
    ['https://proxy:8443/a/b/api2/json', 'https://proxy:8443/a/b'],
  ])('%s is %s', (text, origin) => expect(normalizeEndpoint(text)).toBe(origin));

  it.each(['ftp://pve1', '', 'https://', 'a b', 'https://pve1/a;b'])('%j is none', (text) => {
    expect(() => normalizeEndpoint(text)).toThrow(AppError);
  });
});

describe('fingerprints', () => {
  const pin = 'AB:'.repeat(31).concat('CD');

  it('are read in every usual spelling', () => {
    const bare = pin.replaceAll(':', '');
    for (const text of [pin, bare, bare.toLowerCase(), `sha256:${bare}`, `SHA-256=${pin}`, ` ${pin}\n`]) {
      expect(normalizeFingerprint(text)).toBe(pin);
    }
    expect(normalizeFingerprint('AB:CD')).toBeNull();
  });

  it('that are none are refused before a connection is made', () => {
    const limits = { maxSockets: 1, connectTimeoutMs: 1 };
    expect(() => openAgent('https:', { fingerprint: 'AB:CD' }, limits)).toThrow('Not a SHA-256 fingerprint: AB:CD');
    expect(() => openAgent('https:', { fingerprint: `${pin},` }, limits)).toThrow('(empty)');
  });

  it('are not known of a server that does not answer', async () => {
    await expect(readFingerprint('https://127.0.0.1:1', 500)).resolves.toBeUndefined();
  });
});

describe('Redactor', () => {
  it('leaves short words and everything else alone', () => {
    const redactor = new Redactor();
    redactor.add('the');
    redactor.add('top secret!');
    expect(redactor.redact('the top secret! top%20secret! top+secret%21')).toBe('the «hidden» «hidden» «hidden»');
    expect(redactor.redact('ticket PVE:root@pam:6B00FCA0::AbC+/= PVEAPIToken=a@b!c=d')).toBe(
      'ticket «hidden» «hidden»',
    );
    expect(redactor.redact('PVE:8.4')).toBe('PVE:8.4');
    expect(redactor.redact('proxy said: aws_secret_access_key=hunter2')).toBe(
      'proxy said: aws_secret_access_key=«hidden»',
    );
  });

  it('holds the current secrets of each session and the former ones, however often they are renewed', () => {
    const redactor = new Redactor();
    redactor.add('configured');
    for (let renewal = 1; renewal <= 4; renewal++) {
      redactor.renew('one', [`one-${renewal}-key`, `one-${renewal}-token`]);
      redactor.renew('other', [`other-${renewal}`]);
    }
    expect(redactor.redact('configured one-1-key one-2-token one-3-key one-4-token other-3 other-4')).toBe(
      '«hidden» one-1-key one-2-token «hidden» «hidden» «hidden» «hidden»',
    );
  });

  it('passes what is no AppError, and keeps hint and code of what is', () => {
    const redactor = new Redactor();
    redactor.add('secret');
    const bug = new TypeError('x');
    expect(redactor.clean(bug)).toBe(bug);
    const error = new AppError('server', 'a secret', { hint: 'no secret', retryable: true, cause: 'secret' });
    expect(redactor.clean(error)).toMatchObject({
      code: 'server',
      message: 'a «hidden»',
      hint: 'no «hidden»',
      retryable: true,
    });
  });
});

it('a failure of anything can be told', () => {
  expect(toWireFailure('text')).toMatchObject({ kind: 'network', code: undefined, message: 'network' });
  expect(toWireFailure({ code: 5, message: 'm' })).toMatchObject({ code: undefined, detail: 'm' });
});

/** events.getMaxListeners throws on Node 20 when the limit is 0, which stands for none. */
function limitOf(signal: AbortSignal): unknown {
  const key = Object.getOwnPropertySymbols(signal).find(({ description }) => description?.includes('maxEventTarget'));
  return key === undefined ? undefined : Reflect.get(signal, key);
}

describe('RunSignal', () => {
  it('takes as many listeners as there are calls, without a warning of Node', () => {
    const { signal } = new AbortController();
    const signals = new RunSignal(signal);
    expect([signals.with(undefined), signals.with(signal)].map(limitOf)).toEqual([0, 0]);
    expect(signals.with(signal)).toBe(signals.with(signal));
  });

  it('ends the wait for what others wait for too', async () => {
    const call = new AbortController();
    const signals = new RunSignal(undefined);
    const waiting = signals.race(new Promise(() => undefined), signals.with(call.signal), 'GET /x');
    call.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted', message: 'GET /x: interrupted' });
    await expect(signals.race(Promise.resolve(1), signals.with(undefined), 'GET /x')).resolves.toBe(1);
  });
});
