import type { Db } from './connection.ts';

/**
 * The client, loaded on first use: loading takes ten times as long as most answers, which {@link Reader} gives. A call
 * returns a promise at once. Batches (`$transaction([…])`) and chained calls (`findUnique(…).provider()`) are not
 * supported. The only cast of this layer: Db has only the features of both generated clients.
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
  /** The object behind a name without `$`; if absent, such a name is a method too. */
  model?: (name: string) => object;
}

function methodsOf({ call, model }: Target): object {
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        // Otherwise the client would look like a promise.
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
