import type { Value } from '../../src/types/document.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import type { Effect } from './effects.ts';

/** One field, creation or removal that the history tells, and who it says did it. */
export interface Told {
  guest: string;
  /** `created`, `removed`, a path, or an event without a field: `rolled-back`. */
  what: string;
  found: string | null;
  by: string | null;
  isExact: boolean;
  /** Whether HA is said to have done it, not a person. */
  isByHa: boolean;
  /** Whether no observation shows it: then it is judged for itself, whatever came after it. */
  isFromLog: boolean;
  ref: string | null;
}

export interface Verdict {
  /** Actors who did not do it. */
  wrong: string[];
  /** Called exact though another's record explains it as well. */
  overclaimed: string[];
  /** Unknown though a record names who did it. */
  missed: string[];
  exact: number;
  likely: number;
  unknown: number;
}

function textOf(value: Value | null): string | null {
  if (value === null) return null;
  return typeof value === 'object' ? value.join(';') : String(value);
}

/** What a plan tells about guests, field by field. */
export function tell(changes: readonly PlannedChange[], nameOf: (resourceId: string) => string): Told[] {
  return changes
    .filter(({ resourceType, event }) => resourceType === 'guest' && event !== 'observed')
    .flatMap(({ resourceId, kind, event, patch, attribution }) => {
      const { actor, token, confidence, source, ref } = attribution;
      const by = actor === null ? null : token === null ? actor : `${actor}!${token}`;
      const guest = nameOf(resourceId);
      const told = {
        guest,
        by,
        isExact: confidence === 'exact',
        isByHa: source === 'ha',
        isFromLog: event === 'from-log',
        ref,
      };
      if (kind !== 'changed') return [{ ...told, what: kind, found: null }];
      const events = event === 'rolled-back' || event === 'restored' ? [{ ...told, what: event, found: null }] : [];
      return [...events, ...patch.map(([what, , after]) => ({ ...told, what, found: textOf(after) }))];
    });
}

const LIFE: Readonly<Record<string, readonly Effect['what'][]>> = {
  created: ['create', 'restore', 'clone'],
  removed: ['destroy'],
  'rolled-back': ['rollback'],
  restored: ['restore'],
};

/** The operations that may have made what was found: those after the last that made something else. */
function suspects({ what, found }: Told, effects: readonly Effect[]): Effect[] {
  const life = LIFE[what];
  if (life !== undefined) {
    const own = effects.filter((effect) => life.includes(effect.what));
    return what === 'removed' ? own.slice(0, 1) : own.slice(-1);
  }
  const judged = effects.flatMap((effect) => {
    const saying = effect.says(what, found);
    return saying === null ? [] : [{ effect, saying }];
  });
  const run = judged.slice(judged.findLastIndex(({ saying }) => saying === 'differs') + 1);
  // Who writes what is there already changes nothing.
  const isPlain = run.every(({ saying, effect }) => saying === 'equal' && effect.what === 'edit');
  return (isPlain ? run.slice(0, 1) : run).map(({ effect }) => effect);
}

/** All operations of the window whose records could explain it, in whatever order. */
function explainers({ what, found }: Told, effects: readonly Effect[]): Effect[] {
  if (LIFE[what] !== undefined) return [];
  return effects.filter(({ says, by }) => by !== null && says(what, found) === 'equal');
}

function describe({ guest, what, found, by, isExact }: Told, suspected: readonly Effect[]): string {
  const right = [...new Set(suspected.map((one) => one.by ?? 'nobody on record'))].join(' or ') || 'nobody';
  const value = found === null ? '' : ` → ${found.slice(0, 40).replaceAll('\n', '⏎')}`;
  return `${guest} ${what}${value}: ${by ?? 'unknown'}${isExact ? ' exact' : ''}, was ${right}`;
}

function powerOf(qmpstatus: string | null): string {
  return qmpstatus === null ? 'running' : 'suspended';
}

/** Whether somebody did what the log alone tells, and is named for it. */
function wasDone({ what, found, by }: Told, effects: readonly Effect[]): boolean {
  const life = LIFE[what];
  return effects.some((effect) => {
    if (effect.by !== by) return false;
    if (life !== undefined) return life.includes(effect.what);
    const saying = effect.says(what === 'qmpstatus' ? 'status' : what, what === 'qmpstatus' ? powerOf(found) : found);
    return saying === 'equal' || saying === 'open';
  });
}

/** Whether a task is none of those whose operations the truth has: it is a record of the server all the same. */
function isUnlisted({ ref }: Told, listed: ReadonlySet<string>): boolean {
  return ref?.startsWith('UPID:') === true && !listed.has(ref);
}

/** Compares what was told of a window with what was done in it. `listed`: the tasks that the truth has. */
export function judgeWindow(told: readonly Told[], effects: readonly Effect[], listed: ReadonlySet<string>): Verdict {
  const verdict: Verdict = { wrong: [], overclaimed: [], missed: [], exact: 0, likely: 0, unknown: 0 };
  for (const one of told) {
    const own = effects.filter(({ guest }) => guest === one.guest);
    const suspected = suspects(one, own);
    const actors = new Set(suspected.map(({ by }) => by));
    if (one.isFromLog && one.by === null) {
      verdict.unknown++;
      continue;
    }
    if (one.isFromLog) {
      if (one.isExact) verdict.exact++;
      else verdict.likely++;
      if (!one.isByHa && !isUnlisted(one, listed) && !wasDone(one, own))
        verdict.wrong.push(`${describe(one, [])} (from the log)`);
      continue;
    }
    if (one.by === null) {
      verdict.unknown++;
      const [only] = actors;
      if (actors.size === 1 && only != null) verdict.missed.push(describe(one, suspected));
      continue;
    }
    if (one.isExact) verdict.exact++;
    else verdict.likely++;
    if (one.isByHa) continue;
    if (!actors.has(one.by)) verdict.wrong.push(describe(one, suspected));
    const isShared = explainers(one, own).some(({ by }) => by !== one.by);
    if (one.isExact && isShared) verdict.overclaimed.push(describe(one, explainers(one, own)));
  }
  return verdict;
}
