import type { AuditRecord } from '../../../types/audit-record.ts';
import type { Document, Value } from '../../../types/document.ts';
import type { MaskKey } from '../../../types/inventory-key.ts';
import { plainName } from '../places.ts';
import type { EventRecord } from '../soap/event-record.ts';
import { configFields } from './config-fields.ts';
import { type EventMeaning, meaningOf } from './event-verbs.ts';

/** Numbers with as many digits as they have at most, so that refs sort as the events do. */
const DIGITS = 10;

export type Product = 'vcenter' | 'esxi';

/** `event/0000004711`. An ESXi counts anew when its agent starts, so the time leads there: `event/1795700000000-0000004711`. */
function eventRef({ key, at }: Pick<EventRecord, 'key' | 'at'>, product: Product): string {
  const number = String(key).padStart(DIGITS, '0');
  return product === 'vcenter' ? `event/${number}` : `event/${at.getTime()}-${number}`;
}

/** null for an event that is no action on a VM. */
export function toRecord(
  event: EventRecord,
  { product, maskKey }: { product: Product; maskKey: MaskKey | null },
): AuditRecord | null {
  const meaning = meaningOf(event.type);
  const target = event.vm?.object?.value ?? null;
  if (meaning === null || target === null) return null;
  return {
    source: 'event',
    ref: eventRef(event, product),
    verb: meaning.verb,
    native: event.type,
    target,
    targetName: plainName(event.vm?.name ?? null),
    place: plainName(event.host?.name ?? null),
    // DRS and HA name nobody, unless someone applied what they recommend.
    actor: event.user,
    credential: null,
    at: event.at,
    endedAt: event.at,
    outcome: meaning.outcome ?? (event.fault === null ? 'ok' : 'failed'),
    text: null,
    pid: null,
    ...fieldsOf(event, meaning, maskKey),
  };
}

function fieldsOf(
  event: EventRecord,
  meaning: EventMeaning,
  maskKey: MaskKey | null,
): Pick<AuditRecord, 'sets' | 'touches'> {
  const config = event.type === 'VmReconfiguredEvent' ? configFields(event.changes, maskKey) : null;
  const sets: Document = { ...meaning.sets, ...movedTo(event, meaning), ...renamed(event), ...config?.sets };
  const touches = [...(meaning.touches ?? []), ...(config?.touches ?? [])];
  const isTold = meaning.touches !== undefined || config !== null;
  return { ...(Object.keys(sets).length > 0 && { sets }), ...((touches.length > 0 || isTold) && { touches }) };
}

function movedTo({ host }: EventRecord, { isMove }: EventMeaning): Record<string, Value> {
  const name = plainName(host?.name ?? null);
  return isMove === true && name !== null ? { node: name } : {};
}

function renamed({ type, renamedTo }: EventRecord): Record<string, Value> {
  const name = type === 'VmRenamedEvent' ? plainName(renamedTo) : null;
  return name === null || name === '' ? {} : { name };
}
