import type { Patch, PatchEntry, Value } from '../../../types/document.ts';
import type { Explanation } from '../../explanation.ts';
import { isSameValue } from '../attribution/same-value.ts';

/** Fields of a document; null: not there. */
export type Fields = Readonly<Record<string, Value | null>>;

/** What one record of the server set some fields to. */
export interface Setting {
  explanation: Explanation;
  fields: Fields;
}

/** A change that no observation shows, because a later one undid it or replaced it. */
export interface LogStep {
  patch: Patch;
  explanation: Explanation;
}

/** The steps of some fields between two observations, oldest first: they lead from the one to the other. */
export interface Track {
  paths: readonly string[];
  steps: readonly LogStep[];
}

/**
 * Follows the settings from the state that was known to the one that was observed. Empty unless they lead there in two steps
 * or more: a single one is the change that the observations show.
 */
export function followSettings(before: Fields, settings: readonly Setting[], after: Fields): LogStep[] {
  let state = before;
  const steps: LogStep[] = [];
  for (const { explanation, fields } of settings) {
    const patch = differences(state, fields);
    if (patch.length > 0) steps.push({ patch, explanation });
    state = { ...state, ...fields };
  }
  const isComplete = Object.keys(after).every((path) => isSameValue(state[path] ?? null, after[path] ?? null));
  return isComplete && steps.length > 1 ? withObserved(steps, after) : [];
}

function differences(state: Fields, fields: Fields): PatchEntry[] {
  return Object.entries(fields).flatMap(([path, value]): PatchEntry[] => {
    const before = state[path] ?? null;
    return isSameValue(before, value) ? [] : [[path, before, value]];
  });
}

/** A record may spell a value otherwise than the server keeps it, so the last step of a field ends with the observed value. */
function withObserved(steps: readonly LogStep[], after: Fields): LogStep[] {
  const open = new Set(Object.keys(after));
  const last = steps.toReversed().map(({ patch, explanation }): LogStep => {
    const entries = patch.map(([path, old, value]): PatchEntry => {
      return open.delete(path) ? [path, old, after[path] ?? null] : [path, old, value];
    });
    return { patch: entries, explanation };
  });
  return last.reverse();
}
