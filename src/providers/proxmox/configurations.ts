import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveGuestResource } from '../../api/pve-types.ts';
import { AppError, type ErrorCode } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { attempt } from './attempt.ts';
import { type GuestConfiguration, guestConfiguration } from './guest-document.ts';

export type ReadConfiguration = GuestConfiguration & { lock: string | null };

/** A guest, and the node that holds its configuration. */
export type Place = Pick<PveGuestResource, 'kind' | 'vmid' | 'node'>;

export interface ConfigurationCalls<P extends Place, T> {
  client: ProxmoxClient;
  call: CallOptions;
  maskKey: MaskKey | null;
  /** What to make of a configuration, as soon as it is there: the others are still on their way. */
  observe: (place: P, configuration: ReadConfiguration) => T;
  /** Called once for each guest that was asked for. */
  onDone: () => void;
}

/** `qemu/100`: with the vmid alone a container that took the place of a virtual machine would be taken for it. */
export function guestKey({ kind, vmid }: Pick<PveGuestResource, 'kind' | 'vmid'>): string {
  return `${kind}/${vmid}`;
}

/** As many at a time as the transport lets through to one node. */
const WORKERS_PER_NODE = 6;
/** A node whose first so many calls fail in a way that is the node's is not asked for the rest: each may take seconds. */
const MAX_NODE_FAILURES = 6;
const NODE_FAILURES: ReadonlySet<ErrorCode> = new Set([
  'node-unreachable',
  'unreachable',
  'timeout',
  'unauthenticated',
]);

/** What was made of the configuration of each guest, values that wait for a restart included. */
export async function readConfigurations<P extends Place, T>(
  calls: ConfigurationCalls<P, T>,
  places: readonly P[],
): Promise<ReadonlyMap<string, T | AppError>> {
  const answers = new Map<string, T | AppError>();
  const byNode = new Map<string, P[]>();
  for (const place of places) {
    const ofNode = byNode.get(place.node);
    if (ofNode) ofNode.push(place);
    else byNode.set(place.node, [place]);
  }
  await Promise.all(Array.from(byNode.values(), (ofNode) => readNode(calls, ofNode, answers)));
  return answers;
}

async function readNode<P extends Place, T>(
  calls: ConfigurationCalls<P, T>,
  places: readonly P[],
  answers: Map<string, T | AppError>,
): Promise<void> {
  const queue = places.values();
  let failures = 0;
  let last: AppError | null = null;
  async function work(): Promise<void> {
    for (const place of queue) {
      const answer = failures >= MAX_NODE_FAILURES && last !== null ? last : await readOne(calls, place);
      if (!(answer instanceof AppError)) failures = 0;
      else if (NODE_FAILURES.has(answer.code)) {
        failures++;
        last = answer;
      }
      answers.set(guestKey(place), answer);
      calls.onDone();
    }
  }
  await Promise.all(Array.from({ length: Math.min(WORKERS_PER_NODE, places.length) }, work));
}

async function readOne<P extends Place, T>(
  { client, call, maskKey, observe }: ConfigurationCalls<P, T>,
  place: P,
): Promise<T | AppError> {
  const { kind, node, vmid } = place;
  const config = await attempt(
    kind === 'qemu' ? client.getVMConfig(node, vmid, {}, call) : client.getContainerConfig(node, vmid, {}, call),
  );
  if (config instanceof AppError) return config;
  // Every configuration has a digest at least.
  if (Object.keys(config).length === 0)
    return new AppError('malformed', `the configuration of ${guestKey(place)} has nothing in it`);
  const lock = typeof config['lock'] === 'string' && config['lock'] !== '' ? config['lock'] : null;
  return observe(place, { ...guestConfiguration(kind, config, maskKey), lock });
}
