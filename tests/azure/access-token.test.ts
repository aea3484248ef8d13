import { describe, expect, it } from '@jest/globals';
import { toToken } from '../../src/providers/azure/login/access-token.ts';
import { cliLogin } from '../../src/providers/azure/login/cli-token.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 10);
const USUAL_END_MS = NOW_MS + 10 * 60_000;

describe('the end of a token', () => {
  it.each([
    ['is the one that is told', NOW_MS + 1, NOW_MS + 1],
    ['is usual where none is told', undefined, USUAL_END_MS],
    ['is usual where the told one is no time', Number.NaN, USUAL_END_MS],
    ['is usual where the told one is over', NOW_MS, USUAL_END_MS],
  ])('%s', (_, toldMs, endsAtMs) => {
    expect(toToken('t', toldMs, NOW_MS)).toEqual({ text: 't', endsAtMs });
  });

  it.each([
    ['epoch seconds', { expires_on: 4_000_000_000, expiresOn: '2030-01-01 00:00:00.000000' }, 4_000_000_000_000],
    ['local time by older versions', { expiresOn: '2099-11-21 11:00:00.000000' }, new Date(2099, 10, 21, 11).getTime()],
  ])('is told by az in %s', async (_, told, endsAtMs) => {
    const printed = JSON.stringify({ accessToken: 't', ...told });
    const login = cliLogin('https://management.azure.com', async () => printed);
    expect(await login(new AbortController().signal)).toEqual({ text: 't', endsAtMs });
  });
});
