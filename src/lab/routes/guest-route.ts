import type { GuestKind } from '../model.ts';
import type { Call, Method, Route } from '../router.ts';
import { onGuest } from '../router.ts';

export type Specs = Readonly<Record<string, string>>;

/** A route below one guest that needs one of some privileges on it. */
export function write(
  method: Method,
  kind: GuestKind,
  path: string,
  privileges: readonly string[],
  parameters: Specs,
  handle: Route['handle'],
): Route {
  return { method, path: `/nodes/{node}/${kind}/{vmid}${path}`, parameters, allow: onGuest(...privileges), handle };
}

/** The parameters without those that say which guest it is. */
export function withoutPath(call: Call): Record<string, string> {
  const { node: _node, vmid: _vmid, ...rest } = call.parameters;
  return rest;
}
