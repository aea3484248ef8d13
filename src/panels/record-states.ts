import type { RecordState } from '../types/panel.ts';

/** What panels call a state, in lower case and without what is between the words. */
const WORDS: Readonly<Record<RecordState, readonly string[]>> = {
  running: ['running', 'active', 'on', 'online', 'up', 'started', 'poweredon', 'enabled', 'complete', 'completed'],
  stopped: ['stopped', 'off', 'offline', 'down', 'shutoff', 'shutdown', 'halted', 'poweredoff', 'inactive'],
  suspended: ['suspended', 'paused', 'locked', 'blocked', 'onhold', 'disabled'],
  terminated: [
    'terminated',
    'cancelled',
    'canceled',
    'deleted',
    'destroyed',
    'removed',
    'closed',
    'fraud',
    'decommissioning',
    'decommissioned',
  ],
};

const STATES = new Map(Object.entries(WORDS).flatMap(([state, words]) => words.map((word) => [word, state] as const)));
/** Of an order that nobody has carried out yet: nothing is said about a server. */
const NOT_YET: ReadonlySet<string> = new Set(['pending', 'planned', 'staged', 'staging', 'failed', 'unknown']);

/** null: nothing is said; undefined: nobody knows this word. */
export function toRecordState(text: string): RecordState | null | undefined {
  const word = text.toLowerCase().replace(/[\s_-]+/g, '');
  if (word === '' || NOT_YET.has(word)) return null;
  const state = STATES.get(word);
  return isState(state) ? state : undefined;
}

function isState(word: string | undefined): word is RecordState {
  return word !== undefined && word in WORDS;
}
