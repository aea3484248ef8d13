import { z } from 'zod';
import { type NetboxClient, PATHS, parsed } from './netbox-state.ts';
import type { PushPlan } from './push-plan.ts';

const made = z.object({ id: z.number() });

/** Step by step, and none twice: what a failure leaves behind, the next push completes. Throws AppError. */
export async function applyPush(client: NetboxClient, { steps, ids: known }: PushPlan): Promise<void> {
  const ids = new Map(known);
  const idOf = (key: string): number => {
    const id = ids.get(key);
    if (id === undefined) throw new Error(`no object for ${key}`);
    return id;
  };
  for (const { verb, kind, id, key, body, refs = {}, label } of steps) {
    const whole = { ...body, ...Object.fromEntries(Object.entries(refs).map(([field, of]) => [field, idOf(of)])) };
    const what = `${kind} ${label}`;
    if (verb === 'update') await client.update(PATHS[kind], id ?? idOf(key), whole, what);
    else ids.set(key, parsed(made, await client.create(PATHS[kind], whole, what), kind).id);
  }
}
