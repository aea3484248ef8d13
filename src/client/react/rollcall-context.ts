import { createContext, useContext } from 'react';
import type { RollcallClient } from '../public.ts';

export const RollcallContext = createContext<RollcallClient | null>(null);

/** The client of the nearest `RollcallProvider`. Throws without one. */
export function useRollcallClient(): RollcallClient {
  const client = useContext(RollcallContext);
  if (client === null) throw new Error('There is no RollcallProvider above this component');
  return client;
}
