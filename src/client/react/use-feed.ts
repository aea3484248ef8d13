import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { FeedState } from '../public.ts';
import { useRollcallClient } from './rollcall-context.ts';

/**
 * What `select` makes of the state; null: there is none yet. The component is drawn anew only when that is another value: lists and
 * objects are the same when their items are. A function made in each call is fine.
 */
export function useFeed<Selected>(select: (state: FeedState | null) => Selected): Selected {
  const client = useRollcallClient();
  const shown = useRef<{ value: Selected } | null>(null);
  const read = useMemo(() => {
    let known: { state: FeedState | null; value: Selected } | null = null;
    return () => {
      const state = client.getState();
      if (known !== null && known.state === state) return known.value;
      const value = select(state);
      const earlier = known ?? shown.current;
      known = { state, value: earlier !== null && isEqual(earlier.value, value) ? earlier.value : value };
      return known.value;
    };
  }, [client, select]);
  const subscribe = useMemo(() => (listener: () => void) => client.subscribe(listener), [client]);
  const value = useSyncExternalStore(subscribe, read, read);
  useEffect(() => {
    shown.current = { value };
  }, [value]);
  return value;
}

/** Parts of the state are the same objects while they are equal, so that one level is enough. */
function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other) || Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) {
    return false;
  }
  if (!Array.isArray(one) && Object.getPrototypeOf(one) !== Object.prototype) return false;
  const fields = Object.entries(one);
  const others = new Map(Object.entries(other));
  return fields.length === others.size && fields.every(([name, value]) => Object.is(value, others.get(name)));
}
