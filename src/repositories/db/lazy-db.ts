import type { Db } from './connection.ts';

/**
 * The client, loaded when something is first asked of it: loading takes ten times as long as most answers, which the
 * {@link Reader} gives. A call starts at once and gives a promise; batches (`$transaction([…])`) and chained calls
 * (`findUnique(…).provider()`) there are none. The one cast of this layer: Db has only what both generated clients can do.
 */
export function lazyDb(load: () => Promise<object>): Db {
  return methodsOf({
    call: async (method, args) => callOf(await load(), method, args),
    model: (model) =>
      methodsOf({ call: async (method, args) => callOf(Reflect.get(await load(), model), method, args) }),
  }) as Db;
}

interface Target {
  call: (method: string, args: unknown[]) => Promise<unknown>;
  /** What a name without `$` stands for; absent: a method too. */
  model?: (name: string) => object;
}

function methodsOf({ call, model }: Target): object {
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        // Else a promise of the client would take it for another promise.
        if (typeof name === 'symbol' || name === 'then') return undefined;
        if (model !== undefined && !name.startsWith('$')) return model(name);
        return (...args: unknown[]) => call(name, args);
      },
    },
  );
}

function callOf(target: object, method: string, args: unknown[]): unknown {
  return Reflect.apply(Reflect.get(target, method), target, args);
}
