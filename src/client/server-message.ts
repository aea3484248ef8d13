import type { Increment, ServerMessage, State, SyncAnswer, VersionAnswer } from '../protocol/feed.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The types of the protocol are the server's promise, checked there. Here only what the client would stumble over is looked at: a
 * proxy may answer in the server's place, and a message of another type may come from a newer one.
 */
export function isServerMessage(value: unknown): value is ServerMessage {
  if (!isFields(value) || typeof value['type'] !== 'string') return false;
  if (value['type'] === 'full_sync') return isState(value['state']);
  if (value['type'] === 'incremental_update') return isIncrement(value['increment']);
  if (value['type'] === 'heartbeat') return isVersion(value['version']);
  return true;
}

export function isSyncAnswer(value: unknown): value is SyncAnswer {
  if (!isFields(value)) return false;
  if (value['kind'] === 'equal') return isVersion(value['version']);
  if (value['kind'] === 'increment') return isIncrement(value['increment']);
  return value['kind'] === 'state' && isState(value['state']);
}

export function isVersionAnswer(value: unknown): value is VersionAnswer {
  return isVersion(value);
}

export function isState(value: unknown): value is State {
  return (
    isVersion(value) &&
    typeof value['at'] === 'string' &&
    ['providers', 'nodes', 'storages', 'operations', 'hosts'].every((name) => isKeyedList(value[name]))
  );
}

function isIncrement(value: unknown): value is Increment {
  return isVersion(value) && typeof value['from'] === 'string' && Array.isArray(value['events']);
}

function isVersion(value: unknown): value is Fields {
  return (
    isFields(value) &&
    typeof value['version'] === 'string' &&
    typeof value['epoch'] === 'string' &&
    Number.isInteger(value['rev'])
  );
}

function isKeyedList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => isFields(item) && typeof item['id'] === 'string');
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** undefined: it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
