import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { expectationJsonSchema } from '../../src/services/checks/expectation-schema.ts';
import { openWorld } from '../helpers/world.ts';

/** `ROLLCALL_INIT_RUNS=1000` tries more selectors. */
const RUNS = Number(process.env['ROLLCALL_INIT_RUNS'] ?? '15');

it('what expect init writes is met by the inventory that it is made from, whatever is selected', async () => {
  const { rollcall, dir, lab } = await openWorld({ nodes: 3, vms: 25, containers: 8, seed: 7 });
  lab.as('root@pam').setConfig(100, { tags: 'a_b;c-d', description: ']]> \' " # : !!js/function' });
  lab.as('root@pam').setConfig(101, { net0: null });
  lab.as('root@pam').setConfig(102, { net1: 'virtio,bridge=vmbr7' });
  lab.as('root@pam').setConfig(201, { memory: 777 });
  await rollcall('discover-all');
  const { rows } = await rollcall('list-guests -o json');
  expect(rows).toHaveLength(33);
  const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(expectationJsonSchema());

  /** Writes rules from selectors, and checks them at once. */
  const meets = async (selectors: readonly string[]): Promise<void> => {
    const made = await rollcall([
      'expect',
      'init',
      'f.yaml',
      '--force',
      ...selectors.flatMap((selector) => ['--from', selector]),
    ]);
    // Some select nobody, or guests that have nothing in common.
    if (made.status === 1) return;
    expect([selectors, made.status]).toEqual([selectors, 0]);
    const text = readFileSync(path.join(dir, 'f.yaml'), 'utf8');
    expect([isValid(parseYaml(text)), isValid.errors]).toEqual([true, null]);
    const checked = await rollcall('check f.yaml -o json');
    expect([text, checked.status, checked.json]).toMatchObject([
      text,
      0,
      { findings: [], counts: { deviating: 0, waived: 0, unknown: 0 } },
    ]);
  };

  // Each guest by itself, and all together.
  await meets([...rows.map(({ vmid }) => String(vmid)), 'presence=present']);

  const tags = [...new Set(rows.flatMap((row) => row['tags'] as string[]))];
  const terms = fc.oneof(
    fc.constantFrom(...tags).map((tag) => `tag=${tag}`),
    fc.constantFrom('kind=vm', 'kind=container', 'template=no', 'template=yes', 'status=running', 'pool=prod'),
    fc.integer({ min: 1, max: 3 }).map((node) => `node=pve${node}`),
    fc.tuple(fc.integer({ min: 100, max: 210 }), fc.nat(30)).map(([from, more]) => `vmid=${from}-${from + more}`),
    fc.integer({ min: 1, max: 8 }).map((size) => `memory>=${size}G`),
  );
  const selectors = fc.array(terms, { minLength: 1, maxLength: 3 }).map((some) => some.join(','));
  await fc.assert(
    fc.asyncProperty(fc.array(selectors, { minLength: 1, maxLength: 3 }), async (some) => {
      await meets([...some, 'kind=vm']);
    }),
    { numRuns: RUNS },
  );
});
