import { describe, expect, it } from '@jest/globals';
import { EndpointTable } from '../../src/api/endpoint-table.ts';
import type { EndpointRequest } from '../../src/api/endpoints.ts';
import { RenewedCertificates } from '../../src/api/renewed-certificates.ts';
import type { WireAnswer } from '../../src/net/wire.ts';
import { WireFailure } from '../../src/net/wire-failure.ts';

const URL_OF_PVE1 = 'https://pve1.test:8006';
const fingerprint = (byte: number) => Array.from({ length: 32 }, () => byte.toString(16).padStart(2, '0')).join(':');
const meets = (shown: string) => new WireFailure('fingerprint', { detail: shown });

function open(answers: readonly Partial<WireAnswer>[]) {
  const table = new EndpointTable({
    endpoints: [URL_OF_PVE1],
    tls: { fingerprint: fingerprint(1) },
    now: () => new Date(),
  });
  const [endpoint] = table.reports();
  if (endpoint === undefined) throw new Error('the table has no address');
  const left = [...answers];
  const exchange = async (): Promise<WireAnswer> => {
    const answer = left.shift();
    if (answer === undefined) throw meets(fingerprint(9));
    return {
      status: 200,
      reason: '',
      headers: {},
      text: '',
      certificate: null,
      remoteAddress: null,
      ...answer,
    };
  };
  const renewed = new RenewedCertificates({ table, exchange });
  return (shown: string, request: EndpointRequest) => renewed.accepts(endpoint, meets(shown), request);
}

function request(verb: 'GET' | 'POST'): EndpointRequest {
  return { verb, path: '/access/ticket', headers: {}, timeoutMs: 100, signal: new AbortController().signal };
}

describe('a renewed certificate', () => {
  it('makes a login be tried eight times more, also where each connection shows another one', async () => {
    const accepts = open([]);
    for (let logins = 0; logins < 2; logins++) {
      const login = request('POST');
      const tries: boolean[] = [];
      for (let count = 0; count < 12; count++) tries.push(await accepts(fingerprint(10 + count), login));
      expect(tries.filter(Boolean)).toHaveLength(8);
      expect(tries.at(-1)).toBe(false);
    }
  });

  it('is looked up again after an answer that tells nothing', async () => {
    const shown = fingerprint(2).toUpperCase();
    const told = JSON.stringify({ data: [{ node: 'pve1', ssl_fingerprint: shown }] });
    const accepts = open([{ status: 500 }, { text: told }]);
    expect(await accepts(shown, request('GET'))).toBe(true);
    const refused = open([{ text: '{"data":[]}' }, { text: told }]);
    expect(await refused(shown, request('GET'))).toBe(false);
    expect(await refused(shown, request('GET'))).toBe(true);
  });
});
