import { childOf, childrenOf, kindOf, nameOf, textOf, type XmlElement } from './xml-element.ts';

/** What an event says of one setting. */
export interface ConfigChange {
  /** A path of the configuration (`config.hardware.memoryMB`), or of the request (`memoryMB`, `deviceChange[2000]`). */
  path: string;
  /** null: none, or not told. Values of extra options are never told: they carry passwords and cloud-init data. */
  after: string | null;
}

/** Of a configSpec, the single values that are worth telling. */
const SETTINGS = [
  'name',
  'annotation',
  'version',
  'uuid',
  'instanceUuid',
  'guestId',
  'alternateGuestName',
  'numCPUs',
  'numCoresPerSocket',
  'memoryMB',
  'memoryHotAddEnabled',
  'cpuHotAddEnabled',
  'cpuHotRemoveEnabled',
  'nestedHVEnabled',
  'firmware',
  'changeTrackingEnabled',
  'swapPlacement',
] as const;

const MAX_VALUE = 2_000;

/** What a VmReconfiguredEvent says: the differences, where vCenter tells them (from 6.5 on), or else what was asked for. */
export function readConfigChanges(event: XmlElement): ConfigChange[] {
  const told = readDifferences(childOf(event, 'configChanges'));
  return told.length > 0 ? told : readRequest(childOf(event, 'configSpec'));
}

function readRequest(spec: XmlElement | null): ConfigChange[] {
  const settings = SETTINGS.flatMap((path) => {
    const after = textOf(childOf(spec, path));
    return after === null ? [] : [{ path, after: after.slice(0, MAX_VALUE) }];
  });
  const options = childrenOf(spec, 'extraConfig').map((option) => ({
    path: `extraConfig[${textOf(childOf(option, 'key')) ?? ''}]`,
    after: null,
  }));
  const devices = childrenOf(spec, 'deviceChange').map((change) => ({
    path: `deviceChange[${textOf(childOf(change, 'device.key')) ?? ''}]`,
    after: [nameOf(childOf(change, 'operation')) ?? 'edit', kindOf(childOf(change, 'device')) ?? 'VirtualDevice'].join(
      ' ',
    ),
  }));
  return [...settings, ...devices, ...options];
}

/** Each part has lines as `config.hardware.memoryMB: 1024 -> 2048;`, or `config.extraConfig("…"): …`. */
function readDifferences(changes: XmlElement | null): ConfigChange[] {
  return (['modified', 'added', 'deleted'] as const).flatMap((part) =>
    (textOf(childOf(changes, part)) ?? '')
      .split('\n')
      .flatMap((line) => readLine(line.trim().replace(/;$/, ''), part) ?? []),
  );
}

function readLine(line: string, part: 'modified' | 'added' | 'deleted'): ConfigChange | null {
  const colon = line.indexOf(': ');
  const path = (colon < 0 ? line : line.slice(0, colon)).trim();
  if (!path.startsWith('config.')) return null;
  const isHidden = path.startsWith('config.extraConfig') || path.startsWith('config.vAppConfig');
  if (isHidden || colon < 0) return { path, after: null };
  const value = line.slice(colon + 2).slice(0, MAX_VALUE);
  if (part === 'deleted') return { path, after: null };
  const arrow = part === 'modified' ? value.indexOf(' -> ') : -1;
  return { path, after: told(arrow < 0 ? value : value.slice(arrow + 4)) };
}

function told(value: string): string | null {
  const plain = value.trim();
  return plain === '<unset>' || plain === '' ? null : plain.replace(/^"(.*)"$/s, '$1');
}
