import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { Action, ActionSubject, Check, Risk } from '../../../types/action.ts';
import { releaseOf } from '../endpoints/release-of.ts';
import { bridgeCheck, readBridges } from './bridges.ts';
import { commonChecks } from './checks.ts';
import { changeEffects, configCall, fieldDifferences } from './config-call.ts';
import { type ConfigChange, configChanges } from './config-changes.ts';
import { configNeeds } from './config-needs.ts';
import { schemaProblems } from './config-schema.ts';
import { diskAt, isDiskKey, newDisk, nextUnused } from './disk.ts';
import { type Draft, NO_CALLS, type PlanContext, type VerbPlanner } from './planner.ts';
import type { LiveGuest, Scene, SceneReader } from './scene.ts';
import { diskContent, roomRisks, storageCheck } from './storage-check.ts';

type SetAction = Extract<Action, { verb: 'set' }>;

interface SetFacts {
  /** What the server's release takes, and where it would refuse it. */
  problems: readonly string[];
  /** Of its node, where the changes need them. */
  /** null: nobody knows. */
  bridges: readonly string[] | null;
  storages: readonly PveNodeStorage[];
}

export const set: VerbPlanner<SetAction, SetFacts> = {
  right: 'config',
  read: readFacts,
  plan: planSet,
};

async function readFacts(
  reader: SceneReader,
  action: SetAction,
  { subject, guest, cluster }: Scene,
): Promise<SetFacts> {
  const { changes } = guest === null ? { changes: [] } : configChanges(subject.kind, action, guest.config);
  const { client, signal } = reader;
  const [bridges, storages] = await Promise.all([
    newBridges(subject, changes).length > 0 ? readBridges(reader, subject.node) : null,
    newDisks(changes).length > 0 ? client.getNodeStorage(subject.node, { signal }) : [],
  ]);
  const { release } = releaseOf(cluster.version);
  return { problems: schemaProblems(reader.endpoints(release), subject, changes), bridges, storages };
}

function planSet(action: SetAction, scene: Scene, { known, allow, extra }: PlanContext & { extra: SetFacts }): Draft {
  const { subject, guest } = scene;
  const { changes, problems } =
    guest === null ? { changes: [], problems: [] } : configChanges(subject.kind, action, guest.config);
  const checks = commonChecks(scene, { right: 'config', allow, known, needs: configNeeds(subject, changes) });
  if (guest === null) return { ...NO_CALLS, checks };
  const all: Check[] = [
    ...checks,
    ...[...problems, ...extra.problems].map((text): Check => ({ name: 'configuration', ok: false, text })),
    ...protectionChecks(subject, changes, guest),
    ...newBridges(subject, changes).map((bridge) => bridgeCheck(bridge, subject.node, extra.bridges)),
    ...newDisks(changes).map((disk) => diskCheck(subject, disk, extra.storages)),
  ];
  if (changes.length === 0) {
    return { ...NO_CALLS, checks: all, effects: problems.length > 0 ? [] : ['it is as it shall be: nothing is sent'] };
  }
  return {
    checks: all,
    calls: [configCall(subject, changes, { guest, words: wordsOf(changes) })],
    risks: [
      ...changes.flatMap((change) => risksOf(subject, change, guest)),
      // An empty disk takes its room as it fills, on most storages.
      ...newDisks(changes).flatMap(({ storage, bytes }) => roomRisks(extra.storages, storage, bytes)),
    ],
    effects: changes.flatMap((change) => changeEffects(subject.kind, change, guest)),
    storages: [...new Set(newDisks(changes).map(({ storage }) => storage))].sort(),
  };
}

/** `set cores, memory, remove net1`. */
function wordsOf(changes: readonly ConfigChange[]): string {
  const given = changes.filter(({ after }) => after !== null).map(({ key }) => key);
  const removed = changes.filter(({ after }) => after === null).map(({ key }) => key);
  return [
    ...(given.length > 0 ? [`set ${given.join(', ')}`] : []),
    ...(removed.length > 0 ? [`remove ${removed.join(', ')}`] : []),
  ].join(', ');
}

/** Source: qemu-server src/PVE/API2/Qemu.pm update_vm_api, pve-container src/PVE/LXC/Config.pm update_pct_config. */
function protectionChecks({ kind }: ActionSubject, changes: readonly ConfigChange[], guest: LiveGuest): Check[] {
  if (!guest.isProtected) return [];
  const disks = changes.filter(({ key, after }) => isDiskKey(kind, key) && (after === null || kind === 'lxc'));
  return disks.map(({ key }) => ({
    name: 'protection',
    ok: false,
    text: `it is protected, so that ${key} stays`,
    hint: 'protection=0 takes the protection away, in a call of its own',
  }));
}

function diskCheck(
  { kind, node }: ActionSubject,
  { storage }: { storage: string },
  storages: readonly PveNodeStorage[],
): Check {
  return storageCheck({ storage, node, content: diskContent(kind), bytes: null }, storages);
}

function newDisks(changes: readonly ConfigChange[]): { storage: string; bytes: number }[] {
  return changes.flatMap(({ key, after }) => newDisk(key, after) ?? []);
}

/** Bridges that a card gets and has not had. */
function newBridges({ kind }: ActionSubject, changes: readonly ConfigChange[]): string[] {
  const bridges = changes
    .flatMap((change) => fieldDifferences(kind, change))
    .flatMap(({ path, is }) => (/^net\d+\.bridge$/.test(path) && is !== null ? is : []));
  return [...new Set(bridges)].sort();
}

function risksOf({ kind }: ActionSubject, change: ConfigChange, guest: LiveGuest): Risk[] {
  const { key, after } = change;
  const fields = fieldDifferences(kind, change).map(({ path }) => path);
  if (fields.includes('smbios1.uuid'))
    return [
      {
        kind: 'identity',
        text: 'its smbios uuid changes, by which it is known: the inventory will take it for another',
      },
    ];
  if (guest.isRunning && fields.some((path) => /^net\d+\.(?:bridge|macaddr|model|tag)$/.test(path)))
    return [{ kind: 'network', text: `the network of a running guest changes (${key})` }];
  return after === null ? removalRisks(kind, key, guest) : [];
}

function removalRisks(kind: ActionSubject['kind'], key: string, { config, isRunning }: LiveGuest): Risk[] {
  const disk = diskAt(kind, config, key);
  if (disk?.volid && key.startsWith('unused'))
    return [{ kind: 'deletes-volume', text: `deletes the volume ${disk.volid}` }];
  if (disk?.volid && !disk.isCdrom)
    return [{ kind: 'detaches-disk', text: `takes ${key} away; its volume stays as ${nextUnused(config)}` }];
  if (isRunning && /^net\d+$/.test(key)) return [{ kind: 'network', text: `takes ${key} away from a running guest` }];
  return [];
}
