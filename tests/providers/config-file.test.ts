import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { guestConfig } from '../../src/api/decode/guest.ts';
import { parseJson } from '../../src/api/json.ts';
import { isWholeFile } from '../../src/providers/proxmox/config-file.ts';

const FOLDER = process.env['PVE_DAYS_DIR'] ?? '';

interface PendingRow {
  key: string;
  pending?: unknown;
  delete?: number;
}

type Answers = Readonly<Record<string, { status: number; body: unknown }>>;

/** The files of all days, step by step. */
function* steps(): Generator<{ where: string; answers: Answers }> {
  for (const file of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })) {
    if (!/step-\d+\.json$/.test(file)) continue;
    const recorded = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as { answers: Answers };
    yield { where: file, answers: recorded.answers };
  }
}

/** Each recorded configuration once, with whether something was pending, and whether its file has what it does not show. */
function* recorded() {
  const seen = new Set<unknown>();
  for (const { where, answers } of steps()) {
    for (const [request, { status, body }] of Object.entries(answers)) {
      if (!/\/(?:qemu|lxc)\/\d+\/config$/.test(request) || status !== 200) continue;
      const { data: config } = body as { data: Record<string, unknown> };
      const told = answers[request.replace(/config$/, 'pending')]?.body as { data: PendingRow[] } | undefined;
      if (seen.has(config['digest']) || told === undefined) continue;
      seen.add(config['digest']);
      const hasPending = told.data.some((row) => row.pending !== undefined || row.delete !== undefined);
      const hasMore = config['parent'] !== undefined || config['cipassword'] !== undefined;
      yield { where: `${where} ${request}`, config, hasPending, hasMore };
    }
  }
}

const describeDays = existsSync(FOLDER) ? describe : describe.skip;

describeDays('the digests of real servers (PVE_DAYS_DIR)', () => {
  it('prove of nearly every configuration without snapshots that nothing is pending, and of none that has it', () => {
    const counts = { proven: 0, open: 0 };
    const wrong: string[] = [];
    for (const { where, config, hasPending, hasMore } of recorded()) {
      const decoded = guestConfig.parse(parseJson(JSON.stringify(config)));
      const isProven = isWholeFile(decoded);
      if (isProven && hasPending) wrong.push(where);
      if (!hasPending && !hasMore) counts[isProven ? 'proven' : 'open'] += 1;
    }
    expect(wrong).toEqual([]);
    expect(counts.proven).toBeGreaterThan(60);
    expect(counts.open).toBeLessThan(2);
  });
});

describe('a digest', () => {
  it.each([{}, { digest: 'd' }, { digest: 7 }, { digest: 'a'.repeat(40), lxc: '[1,["a"]]' }])(
    'proves nothing of %j',
    (config) => {
      expect(isWholeFile(config)).toBe(false);
    },
  );
});
