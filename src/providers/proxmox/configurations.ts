import { AppError, type ErrorCode } from '../../types/errors.ts';
import {
  type ConfigurationQuery,
  type Place,
  type ReadConfiguration,
  readConfiguration,
} from './read-configuration.ts';
import { vmidKey } from './vmid.ts';

export interface ConfigurationCalls<P extends Place, T> extends ConfigurationQuery {
  /** What to make of a configuration, as soon as it is there: the others are still on their way. */
  observe: (place: P, configuration: ReadConfiguration) => T;
  /** Called once for each guest that was asked for. */
  onDone: () => void;
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

/** What was made of the configuration of each guest. */
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
      answers.set(vmidKey(place), answer);
      calls.onDone();
    }
  }
  await Promise.all(Array.from({ length: Math.min(WORKERS_PER_NODE, places.length) }, work));
}

async function readOne<P extends Place, T>(calls: ConfigurationCalls<P, T>, place: P): Promise<T | AppError> {
  const configuration = await readConfiguration(calls, place);
  return configuration instanceof AppError ? configuration : calls.observe(place, configuration);
}
