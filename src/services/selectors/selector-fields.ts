import type { Document, Value } from '../../types/document.ts';
import { KIND_WORDS } from '../../types/guest.ts';
import { disksOf, networksOf, snapshotsOf } from '../../types/guest-parts.ts';
import type { Selectable } from '../../types/selector.ts';
import { compileWildcard } from '../../types/wildcard.ts';
import {
  addressTest,
  durationTest,
  flagTest,
  numberTest,
  type Operator,
  rangeTest,
  sizeTest,
  textTest,
  type ValueTest,
  WrongValue,
} from './selector-values.ts';

type Test = (candidate: Selectable) => boolean;
type Order = Exclude<Operator, '!='>;

/** Ages are counted back from this time. */
interface Moment {
  now: Date;
}

export interface SelectorField {
  name: string;
  /** For the help. */
  about: string;
  example: string;
  /** Whether some value of a guest passes. A guest without one passes no test but `!=`. */
  compile(operator: Order, text: string, moment: Moment): Test | WrongValue;
}

type Read<V> = (candidate: Selectable, moment: Moment) => readonly (V | null | undefined)[];
type Compile<V> = (operator: Order, text: string) => ValueTest<V> | WrongValue;

function field<V>(name: string, about: string, example: string, test: Compile<V>, read: Read<V>): SelectorField {
  return {
    name,
    about,
    example,
    compile(operator, text, moment) {
      const passes = test(operator, text);
      if (passes instanceof WrongValue) return passes;
      return (candidate) => read(candidate, moment).some((value) => value != null && passes(value));
    },
  };
}

function ageOf(time: Date | null, { now }: Moment): number | null {
  return time === null ? null : now.getTime() - time.getTime();
}

/** In the order of the help. */
export const SELECTOR_FIELDS: readonly SelectorField[] = [
  field('name', 'name; a word alone means the same', 'name=web-*', textTest, ({ guest }) => [guest.name]),
  field('vmid', 'vmid or a range; a number alone means the same', 'vmid=100-199', rangeTest, ({ guest }) => [
    guest.vmid,
  ]),
  field('id', 'what the platform calls it: a vmid, an instance UUID', 'id=5023*', textTest, ({ guest }) => [
    guest.nativeId,
  ]),
  field('provider', 'provider', 'provider=prod*', textTest, ({ guest }) => [guest.providerName]),
  field('kind', 'vm or container', 'kind=container', textTest, ({ guest }) => [KIND_WORDS[guest.kind], guest.kind]),
  field('node', 'node or host that it runs on', 'node=pve*', textTest, ({ guest }) => [guest.node]),
  field('pool', 'pool', 'pool!=dev', textTest, ({ guest }) => [guest.pool]),
  field('tag', 'any of its tags', 'tag=prod', textTest, ({ guest }) => guest.tags),
  field(
    'status',
    'running, stopped, suspended, unknown, or the reason of a suspension',
    'status=io-error',
    textTest,
    ({ guest }) => [guest.status, guest.qmpstatus],
  ),
  field('presence', 'present, unobservable, gone', 'presence=unobservable', textTest, ({ guest }) => [guest.presence]),
  field('template', 'whether it is a template', 'template=no', flagTest, ({ guest }) => [guest.isTemplate]),
  field('lock', 'lock', 'lock=backup', textTest, ({ guest }) => [guest.lock]),
  field(
    'os',
    'operating system: its type, or name and version as the guest tells',
    'os=debian*12*',
    textTest,
    ({ guest }) => [guest.osType, guest.os?.name],
  ),
  field('cpus', 'CPUs', 'cpus>=8', numberTest, ({ guest }) => [guest.cpus]),
  field('memory', 'memory', 'memory>8G', sizeTest, ({ guest }) => [guest.memoryBytes]),
  field('disk', 'all disks together', 'disk>=1T', sizeTest, ({ guest }) => [guest.diskBytes]),
  field('disk.size', 'size of any disk', 'disk.size>500G', sizeTest, ({ guest }) =>
    disksOf(guest.document).map(({ bytes }) => bytes),
  ),
  field('disk.storage', 'storage or datastore of any disk', 'disk.storage=ceph*', textTest, ({ guest }) =>
    disksOf(guest.document).map(({ storage }) => storage),
  ),
  field(
    'ip',
    'address, network, pattern, public or private; of the configuration and what the guest tells',
    'ip=10.0.0.0/24',
    addressTest,
    ({ guest }) => guest.addresses,
  ),
  field('mac', 'address of a network card', 'mac=bc:24:11:*', textTest, ({ guest }) => [
    ...networksOf(guest.document).map(({ mac }) => mac),
    ...guest.addresses.map(({ mac }) => mac),
  ]),
  field('bridge', 'bridge or network of any card', 'bridge=vmbr1', textTest, ({ guest }) =>
    networksOf(guest.document).map(({ bridge }) => bridge),
  ),
  field('vlan', 'VLAN tag of any card, or a range', 'vlan=100-199', rangeTest, ({ guest }) =>
    networksOf(guest.document).map(({ vlan }) => vlan),
  ),
  field('ha', 'state that HA wants', 'ha=started', textTest, ({ guest }) => [textAt(guest.document, 'ha.state')]),
  field('snapshot', 'name of any snapshot', 'snapshot=before-*', textTest, ({ guest }) =>
    snapshotsOf(guest.document).map(({ name }) => name),
  ),
  field('snapshot.age', 'age of any snapshot', 'snapshot.age>14d', durationTest, ({ guest }, moment) =>
    snapshotsOf(guest.document).map(({ at }) => ageOf(at, moment)),
  ),
  field('backup', 'whether a backup is known', 'backup=no', flagTest, ({ guest }) => [guest.lastBackup !== null]),
  field(
    'backup.job',
    'enabled backup job that includes it',
    'backup.job=nightly',
    textTest,
    ({ guest }) => guest.backupJobs ?? [],
  ),
  field('backup.age', 'age of the last backup that succeeded', 'backup.age>2d', durationTest, ({ guest }, moment) => [
    ageOf(guest.lastBackup?.at ?? null, moment),
  ]),
  field('backup.size', 'size of that backup', 'backup.size>100G', sizeTest, ({ guest }) => [guest.lastBackup?.bytes]),
  field('uptime', 'how long it runs', 'uptime<1h', durationTest, ({ guest: { telemetry, status } }) => [
    telemetry?.uptimeSeconds != null && status === 'running' ? telemetry.uptimeSeconds * 1000 : null,
  ]),
  field('changed', 'how long ago its last change was', 'changed<24h', durationTest, ({ changedAt }, moment) => [
    ageOf(changedAt, moment),
  ]),
  field('created', 'how long ago it was first seen', 'created<7d', durationTest, ({ guest }, moment) => [
    ageOf(guest.firstSeenAt, moment),
  ]),
  field('seen', 'how long ago it was last seen', 'seen>1h', durationTest, ({ guest }, moment) => [
    ageOf(guest.lastSeenAt, moment),
  ]),
];

/** `config.net*.bridge`: any field of the configuration, as `show -o json` prints it. */
export const CONFIG_FIELD = {
  name: 'config.PATH',
  about: 'any field of the configuration, as `show -o json` prints it',
  example: 'config.net*.bridge=vmbr1',
} as const;

const CONFIG_PREFIX = 'config.';

/** null for a name that no field has. Names have no case. */
export function findField(name: string): SelectorField | null {
  const lower = name.toLowerCase();
  if (lower.startsWith(CONFIG_PREFIX) && lower.length > CONFIG_PREFIX.length) {
    return configField(name, name.slice(CONFIG_PREFIX.length));
  }
  return SELECTOR_FIELDS.find((one) => one.name === lower) ?? null;
}

function configField(name: string, path: string): SelectorField {
  const isMatch = compileWildcard(path);
  // Guests have the same few hundred paths.
  const known = new Map<string, boolean>();
  const isWanted = (one: string): boolean => {
    const found = known.get(one) ?? isMatch(one);
    known.set(one, found);
    return found;
  };
  const valuesOf = ({ guest: { document } }: Selectable): Value[] =>
    Object.keys(document).flatMap((one) => (isWanted(one) ? (document[one] ?? []) : []));
  return {
    ...CONFIG_FIELD,
    name,
    compile(operator, text) {
      if (operator === '=') {
        const passes = textTest(operator, text);
        if (passes instanceof WrongValue) return passes;
        return (candidate) => valuesOf(candidate).some((value) => textsOf(value).some(passes));
      }
      const passes = numberTest(operator, text);
      if (passes instanceof WrongValue) return passes;
      return (candidate) => valuesOf(candidate).some((value) => typeof value === 'number' && passes(value));
    },
  };
}

function textsOf(value: Value): readonly string[] {
  return typeof value === 'object' ? value : [String(value)];
}

function textAt(document: Document, path: string): string | null {
  const value = document[path];
  return typeof value === 'string' ? value : null;
}
