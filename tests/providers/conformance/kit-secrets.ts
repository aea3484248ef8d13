import { inspect } from 'node:util';
import { expect, it } from '@jest/globals';
import { storedBytes } from '../../helpers/postgres.ts';
import { type OpenWorld, synced } from './kit-world.ts';
import { FAULT_NAMES, type SubjectKind } from './subject.ts';
import type { World } from './world.ts';

export function secretTests({ cannot }: SubjectKind, open: OpenWorld): void {
  it('shows and stores no secret, whatever fails', async () => {
    const { world } = await synced(open);
    const shown: unknown[] = [await world.sync()];
    for (const name of FAULT_NAMES.filter((one) => cannot[one] === undefined)) {
      const end = await world.begin(name);
      shown.push(await world.sync(), await errorOf(world));
      await end();
    }
    shown.push(await world.sync(), world.warnings, await world.guests(), await world.news());
    const text = [...shown.map(everythingOf), await storedBytes(world.file)].join('\n');
    for (const secret of world.subject.secrets) expect(text.includes(secret)).toBe(false);
  });
}

/** Whatever using the provider directly throws, or gives. */
async function errorOf(world: World): Promise<unknown[]> {
  const provider = world.connect();
  try {
    const checks: unknown[] = [];
    for await (const check of provider.check({ account: 'reader' })) checks.push(check);
    return [checks, await provider.identify(), provider.endpoints()];
  } catch (error) {
    return [error, provider.endpoints()];
  } finally {
    provider.close();
  }
}

function everythingOf(value: unknown): string {
  const stacks = value instanceof Error ? [value.stack, JSON.stringify(value)] : [];
  const parts = Array.isArray(value) ? value.map(everythingOf) : [];
  return [inspect(value, { depth: Infinity, showHidden: true }), ...stacks, ...parts].join('\n');
}
