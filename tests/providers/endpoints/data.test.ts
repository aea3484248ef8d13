import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  API_RELEASES,
  type ApiRelease,
  readEndpoints,
} from '../../../src/providers/proxmox/endpoints/read-endpoints.ts';

const folder = process.env['PVE_API_SCHEMA_DIR'];
const described = folder === undefined ? describe.skip : describe;
const note = folder === undefined ? ' (skipped: PVE_API_SCHEMA_DIR is not set)' : '';
const FILE = new URL('../../../src/providers/proxmox/endpoints/pve-endpoints.ndjson', import.meta.url);

interface Declared {
  allowToken: boolean;
  parameters: Record<string, DeclaredParameter>;
  returns: { type?: string; pveType?: string } | null;
}
interface DeclaredParameter {
  type: string | string[];
  pveType?: string;
  optional?: boolean;
  enum?: string[];
  items?: { enum?: string[] };
  minimum?: number;
  maximum?: number;
  format?: unknown;
  pattern?: string;
}

function declared(release: ApiRelease): Record<string, Declared> {
  const text = readFileSync(path.join(folder ?? '', `${release}.json`), 'utf8');
  return (JSON.parse(text) as { endpoints: Record<string, Declared> }).endpoints;
}

/** What both say of an endpoint, in one form. */
function factsOf({ allowToken, parameters, returns }: Declared) {
  return {
    isForTokens: allowToken,
    returns: returns?.pveType ?? returns?.type ?? 'any',
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, one]) => [
        name,
        {
          name,
          type: one.pveType ?? one.type,
          isOptional: one.optional === true,
          words: one.enum ?? one.items?.enum ?? null,
          min: one.minimum ?? null,
          max: one.maximum ?? null,
          format: one.format === undefined ? null : typeof one.format === 'string' ? one.format : 'properties',
          pattern: one.pattern ?? null,
          requires: null,
        },
      ]),
    ),
  };
}

describe('the endpoints of the API', () => {
  it('are a small file, which has no text of the vendor', () => {
    expect(statSync(FILE).size).toBeLessThan(200_000);
    expect(readFileSync(FILE, 'utf8')).not.toContain('"description":');
  });

  it('are in a release or not: of all releases together there are most', () => {
    const counts = [...API_RELEASES, null].map((release) =>
      [...readEndpoints(release).values()].reduce((sum, verbs) => sum + verbs.size, 0),
    );
    expect(counts).toEqual([540, 605, 675, 686]);
  });
});

described(`the vendor's schema${note}`, () => {
  it.each(API_RELEASES)('%s has what is packed, and nothing else', (release) => {
    const packed = Object.fromEntries(
      [...readEndpoints(release).values()].flatMap((verbs) =>
        [...verbs.values()].map(({ verb, path: where, isForTokens, returns, parameters }) => [
          `${verb} ${where}`,
          { isForTokens, returns, parameters: Object.fromEntries(parameters.map((one) => [one.name, one])) },
        ]),
      ),
    );
    const said = Object.fromEntries(Object.entries(declared(release)).map(([key, one]) => [key, factsOf(one)]));
    expect(Object.keys(packed).sort()).toEqual(Object.keys(said).sort());
    for (const [key, facts] of Object.entries(said)) expect({ key, ...packed[key] }).toEqual({ key, ...facts });
  });

  it('gives this file, by scripts/pve-endpoints.mjs', async () => {
    const script = '../../../scripts/pve-endpoints.mjs';
    const { packEndpoints } = (await import(script)) as { packEndpoints: (folder: string) => string };
    expect(readFileSync(FILE, 'utf8')).toBe(packEndpoints(folder ?? ''));
  });
});
