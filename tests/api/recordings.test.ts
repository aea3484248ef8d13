import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openProxmoxClient, type ProxmoxClient } from '../../src/api/proxmox-client.ts';
import type { ErrorCode } from '../../src/types/errors.ts';
import { AppError } from '../../src/types/errors.ts';
import { type ReplayAnswer, type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import { ENDPOINTS, type Reader } from './recorded-endpoints.ts';

interface Recording {
  file: string;
  request: { method: string; path: string };
  response: { status: number; reason: string; headers: [string, string][]; body: string };
}

const folder = process.env['PVE_RECORDINGS_DIR'];
const describeRecordings = folder === undefined ? describe.skip : describe;
const title = folder === undefined ? 'recordings (skipped: PVE_RECORDINGS_DIR is not set)' : 'recordings';

function readRecordings(root: string): Recording[] {
  const files = ['standalone', 'cluster', 'pve9'].flatMap((set) =>
    readdirSync(path.join(root, set)).map((name) => path.join(set, name)),
  );
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, ...JSON.parse(readFileSync(path.join(root, file), 'utf8')) }) as Recording)
    .filter(({ request }) => (request as unknown) !== undefined && request.method === 'GET');
}

function readerOf({ request }: Recording): { reader: Reader; target: string; match: string[] } | undefined {
  const target = targetOf(request.path);
  if (target === undefined) return undefined;
  for (const [pattern, reader] of ENDPOINTS) {
    const match = pattern.exec(target);
    if (match) return { reader, target, match: match.slice(1) };
  }
  return undefined;
}

/** The path below /api2/json, without query. */
function targetOf(url: string): string | undefined {
  const [, target] = /^\/api2\/json(\/[^?]*)/.exec(url) ?? [];
  return target === undefined ? undefined : decodeURIComponent(target);
}

/** What each status must become; null for an answer that decodes. */
function expectedCode({ file, response: { status, reason } }: Recording): ErrorCode | null {
  if (file.endsWith('task_log_download.json')) return 'malformed'; // a file to save, which the client never asks for
  if (status === 200) return null;
  if (status === 500 && reason.startsWith('Configuration file')) return 'no-such-guest';
  if (status === 500 && /^hostname lookup|pve-ssl\.pem/.test(reason)) return 'node-unreachable';
  const codes: Record<number, ErrorCode> = {
    0: 'unreachable', // the server closed the connection
    400: 'parameter',
    401: 'unauthenticated',
    403: 'forbidden',
    501: 'no-endpoint',
    595: 'node-unreachable',
    596: 'node-unreachable',
  };
  return codes[status] ?? 'server';
}

describeRecordings(title, () => {
  const recordings = folder === undefined ? [] : readRecordings(folder);
  const mine = recordings.flatMap((recording) => {
    const found = readerOf(recording);
    return found ? [{ recording, ...found }] : [];
  });
  let server: ReplayServer;
  let client: ProxmoxClient;
  let answer: ReplayAnswer | undefined;

  beforeAll(async () => {
    server = await startReplay({}, { onRequest: () => answer });
    client = openProxmoxClient({
      endpoints: [server.url],
      tls: { ca: server.caPem },
      credential: { kind: 'token', tokenId: 'root@pam!full', secret: 'aaaa-bbbb-cccc' },
      retries: 0,
    });
  });

  afterAll(async () => {
    client.close();
    await server.close();
  });

  it('covers every method of the client, and most of what was recorded', () => {
    const used = new Set(mine.map(({ reader }) => reader));
    expect(ENDPOINTS.map(([, reader]) => reader).filter((reader) => !used.has(reader))).toEqual([]);
    expect(mine.length).toBeGreaterThan(250);
  });

  it.each(mine.map((each) => [each.recording.file, each] as const))(
    '%s',
    async (_file, { recording, reader, target, match }) => {
      const { status, reason, headers, body } = recording.response;
      server.requests.length = 0;
      answer = { status, reason, headers, body };
      const asked = reader.call(client, match);
      const expected = expectedCode(recording);
      if (expected !== null) {
        const error: unknown = await asked.catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: expected });
        expect((error as AppError).message).toContain('GET /');
        return;
      }
      reader.check(await asked, JSON.parse(body).data);
      expect(server.requests.map((request) => targetOf(`/api2/json${request.path}`))).toEqual([target]);
    },
  );
});
