import type { Value } from '../../../types/document.ts';
import type { MaskKey } from '../../../types/inventory-key.ts';
import { hideSecrets } from '../free-text.ts';
import type { ConfigChange } from '../soap/config-changes.ts';

export interface ConfigFields {
  sets: Readonly<Record<string, Value>>;
  touches: readonly string[];
}

/** From here on a value may have been cut. */
const WHOLE_TEXT = 2_000;

const NUMBERS: ReadonlyMap<string, string> = new Map([['memoryMB', 'memory']]);
const TEXTS: ReadonlyMap<string, string> = new Map([
  ['name', 'name'],
  ['annotation', 'description'],
  ['guestId', 'ostype'],
]);
const PROCESSORS: ReadonlySet<string> = new Set(['numCPU', 'numCPUs', 'numCoresPerSocket']);

/** What a reconfiguration did to the fields of a document. Nothing told of it: it may have changed any of them. */
export function configFields(changes: readonly ConfigChange[], maskKey: MaskKey | null): ConfigFields | null {
  if (changes.length === 0) return null;
  const sets = new Map<string, Value>();
  const touches = new Set<string>();
  for (const change of changes) {
    const device = deviceGroup(change);
    if (device !== null) for (const path of device) touches.add(path);
    else readSetting(change, { sets, touches, maskKey });
  }
  return { sets: Object.fromEntries(sets), touches: [...touches].filter((path) => !sets.has(path)).sort() };
}

function readSetting(
  { path, after }: ConfigChange,
  { sets, touches, maskKey }: { sets: Map<string, Value>; touches: Set<string>; maskKey: MaskKey | null },
): void {
  const setting = path.replace(/^config\.(?:hardware\.)?/, '');
  const field = NUMBERS.get(setting) ?? TEXTS.get(setting);
  if (PROCESSORS.has(setting)) {
    // Cores of a socket and sockets follow from both numbers, of which an event may tell one.
    touches.add('cores').add('sockets');
  } else if (field !== undefined) {
    const value = NUMBERS.has(setting) ? wholeNumber(after) : wholeText(after, maskKey);
    if (value === null) touches.add(field);
    else sets.set(field, value);
  }
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function wholeText(text: string | null, maskKey: MaskKey | null): string | null {
  return text === null || text === '' || text.length >= WHOLE_TEXT ? null : hideSecrets(text, maskKey);
}

/** `deviceChange[2000]` with `edit VirtualDisk`, or `config.hardware.device(2000).capacityInKB`. A device that is new has no key yet. */
function deviceGroup({ path, after }: ConfigChange): string[] | null {
  const asked = /^deviceChange\[(-?\d*)\]$/.exec(path);
  const told = /^config\.hardware\.device\((\d+)\)/.exec(path);
  const key = asked?.[1] ?? told?.[1];
  if (key === undefined) return null;
  const isNew = !/^\d+$/.test(key) || after?.startsWith('add ') === true;
  return isNew ? ['disk', 'nic'] : [`disk-${key}`, `nic-${key}`];
}
