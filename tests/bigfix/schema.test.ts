import https from 'node:https';
import path from 'node:path';
import { text as bodyOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { schemaProblem, xmllintObstacle } from '../../scripts/xmllint.mjs';
import { BigfixServer } from '../providers/conformance/bigfix-server.ts';

const folder = process.env['ROLLCALL_PROVIDERS_DIR'];
const missing = folder === undefined ? 'ROLLCALL_PROVIDERS_DIR is not set' : xmllintObstacle();
if (missing !== null && folder !== undefined && process.env['ROLLCALL_XMLLINT'] === 'required') {
  throw new Error(`xmllint is required, but ${missing}: node scripts/xmllint.mjs --install`);
}
const described = missing === null ? describe : describe.skip;
const schema = path.join(folder ?? '', 'bigfix/BESAPI.xsd');

described(`the lab's answers by the vendor's schema${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  const server = new BigfixServer(() => new Date(Date.UTC(2026, 10, 21, 10)));
  let id = 0;
  beforeAll(async () => {
    await server.start();
    ({ id } = server.create('web & <db>', {
      silentSince: Date.UTC(2026, 9, 1),
      addresses: ['192.0.2.1', '192.0.2.9'],
    }));
    server.create('');
  });
  afterAll(() => server.close());

  async function answer(target: string): Promise<string> {
    const auth = `${server.user}:${server.password}`;
    return new Promise((resolve, reject) => {
      const request = https.get(server.url + target, { auth, rejectUnauthorized: false, agent: false }, (response) => {
        bodyOf(response).then(resolve, reject);
      });
      request.on('error', reject);
    });
  }

  it.each([
    ['computers', () => '/api/computers'],
    ['one computer', () => `/api/computer/${id}`],
    ['an operator', () => `/api/operator/${server.user}`],
  ])('are valid: %s', async (_what, target) => {
    const text = await answer(target());
    expect(text).toContain('<BESAPI');
    expect(schemaProblem(text, schema)).toBeNull();
  });

  it('would not be with another element, or an id that is no number', async () => {
    const text = await answer('/api/computers');
    expect(schemaProblem(text.replaceAll('LastReportTime', 'LastSeen'), schema)).toContain('LastSeen');
    expect(schemaProblem(text.replace(`<ID>${id}</ID>`, '<ID>web</ID>'), schema)).toContain('ID');
  });
});
