import type { AuditRecord } from '../../types/audit-record.ts';
import type { PatchEntry, Value } from '../../types/document.ts';
import { sameValue } from '../../types/document-replay.ts';
import { isOneActor } from '../explanation.ts';
import type { EventTraits } from './event-traits.ts';

export interface FieldVerdict {
  record: AuditRecord;
  isCertain: boolean;
}

/** What an action can have done to a field: given it this very value, or another one, or an unknown one. */
type Effect = 'gave' | 'gave-other' | 'may-have' | 'none';

/**
 * The action that gave a field its new value. Certain if it is the only one that can have done it; null if none can, or if several
 * users' actions could have. `records`: oldest first. `isInside`: whether an action lies in the window for certain.
 */
export function explainField(
  [path, , after]: PatchEntry,
  records: readonly AuditRecord[],
  { isInside, traits }: { isInside: (record: AuditRecord) => boolean; traits: EventTraits },
): FieldVerdict | null {
  const effects = records.map((record) => ({ record, effect: effectOf(record, [path, after], traits) }));
  const gave = effects.filter(({ effect }) => effect === 'gave').map(({ record }) => record);
  const mayHave = effects.filter(({ effect }) => effect === 'may-have').map(({ record }) => record);
  const asked = requestOf(gave, traits);
  if (asked !== null) return { record: asked, isCertain: false };
  // Something that leaves no event has undone what was done last.
  if (effects.findLast(({ effect }) => effect !== 'none')?.effect === 'gave-other') return null;
  if (mayHave.length === 0) {
    const last = lastWord(effects, isInside);
    if (last !== null) return { record: last, isCertain: true };
  }
  if (gave.length > 0) return verdictOn(gave, mayHave.length === 0, traits);
  // Something that leaves no event may have done it as well.
  return verdictOn(mayHave, false, traits);
}

/** The action that changed the field last, where another one had overwritten whatever was before. */
function lastWord(
  effects: readonly { record: AuditRecord; effect: Effect }[],
  isInside: (record: AuditRecord) => boolean,
): AuditRecord | null {
  const [other, last] = effects.filter(({ effect }) => effect !== 'none').slice(-2);
  const isLast = last?.effect === 'gave' && other?.effect === 'gave-other';
  return isLast && isInside(last.record) ? last.record : null;
}

function verdictOn(
  candidates: readonly AuditRecord[],
  isAlone: boolean,
  { requests }: EventTraits,
): FieldVerdict | null {
  const record = candidates.at(-1);
  if (record === undefined || !isOneActor(candidates)) return null;
  return { record, isCertain: isAlone && candidates.length === 1 && !requests.has(record.native) };
}

/** The only request among power events, of which the others name nobody: those are its effects. */
function requestOf(gave: readonly AuditRecord[], traits: EventTraits): AuditRecord | null {
  const requests = gave.filter(({ native }) => traits.requests.has(native));
  const others = gave.filter(({ native }) => !traits.requests.has(native));
  const [request] = requests;
  const isFollowed = others.length === 1 && others[0]?.actor === null;
  return request !== undefined && requests.length === 1 && isFollowed ? request : null;
}

function effectOf(
  { verb, sets, touches }: AuditRecord,
  [path, after]: readonly [string, Value | null],
  { isSetting }: EventTraits,
): Effect {
  if (sets !== undefined && Object.hasOwn(sets, path)) {
    return sameValue(sets[path] ?? null, after) ? 'gave' : 'gave-other';
  }
  if (verb === 'migrate' && KEPT_BY_MOVES.test(path)) return 'none';
  if (touches?.some((touched) => covers(touched, path))) return 'may-have';
  // A reconfiguration that tells nothing may have changed any setting.
  const isOpen = verb === 'configure' && sets === undefined && touches === undefined;
  return isOpen && isSetting(path) ? 'may-have' : 'none';
}

/** `disk` stands for all disks, `disk-2000` for one of them. */
function covers(touched: string, path: string): boolean {
  return path === touched || path.startsWith(`${touched}.`) || path.startsWith(`${touched}-`);
}

const KEPT_BY_MOVES = /^(?:disk|nic)-\d+\.(?:sizeBytes|mac|model)$/;
