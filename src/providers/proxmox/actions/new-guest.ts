import type { PveResources } from '../../../api/pve-types.ts';
import type { ActionRight, ActionSubject, Check, Risk } from '../../../types/action.ts';
import { holds } from '../../../types/permissions.ts';
import { bridgeCheck, readBridges } from './bridges.ts';
import { bridgesOf, type ConfiguredCard } from './cards.ts';
import { allowedCheck, type Need } from './checks.ts';
import type { PlanContext } from './planner.ts';
import type { Scene, SceneReader } from './scene.ts';

/** What plans of guests that are made look at. */
export interface NewGuestFacts {
  isFree: boolean;
  guests: PveResources['guests'];
  /** null: they cannot be read, or none is shown. */
  bridges: readonly string[] | null;
}

/** What is made: its vmid and name, where it goes, and who may do what with it. */
export interface NewGuest {
  vmid: number;
  name: string | null;
  node: string;
  pool: string | null;
}

export async function readNewGuest(
  reader: SceneReader,
  { vmid, node }: Pick<NewGuest, 'vmid' | 'node'>,
  { readsBridges }: { readsBridges: boolean },
): Promise<NewGuestFacts> {
  const { client, signal } = reader;
  const [isFree, { guests }, bridges] = await Promise.all([
    client.isVmidFree(vmid, { signal }),
    client.getClusterResources({ signal }),
    readsBridges ? readBridges(reader, node) : null,
  ]);
  return { isFree, guests, bridges };
}

export function vmidCheck({ vmid }: Pick<NewGuest, 'vmid'>, { isFree, guests }: NewGuestFacts): Check {
  if (isFree) return { name: 'vmid', ok: true, text: `vmid ${vmid} is free` };
  const holder = guests.find((guest) => guest.vmid === vmid);
  const by = holder === undefined ? '' : ` by ${holder.name ?? 'a guest without a name'} on ${holder.node}`;
  return {
    name: 'vmid',
    ok: false,
    text: `vmid ${vmid} is taken${by}`,
    hint: '--vmid auto takes the lowest free one',
  };
}

export function nameRisks({ name, vmid }: Pick<NewGuest, 'name' | 'vmid'>, { guests }: NewGuestFacts): Risk[] {
  const taken = name === null ? [] : guests.filter((one) => one.name === name && one.vmid !== vmid);
  const vmids = taken.map((one) => one.vmid).sort((a, b) => a - b);
  if (vmids.length === 0) return [];
  return [{ kind: 'name-taken', text: `another guest has the name ${name}: ${vmids.join(', ')}` }];
}

/** Whether the node has the bridges. */
export function bridgeChecks(
  cards: readonly ConfiguredCard[],
  node: string,
  { bridges }: NewGuestFacts,
): { checks: readonly Check[]; risks: readonly Risk[] } {
  const wanted = bridgesOf(cards);
  if (wanted.length === 0) return { checks: [], risks: [] };
  if (bridges === null) {
    const text = `the bridges of node ${node} cannot be seen: whether it has ${wanted.join(', ')} is not checked`;
    return { checks: [], risks: [{ kind: 'bridges-unseen', text }] };
  }
  const checks = wanted.map((bridge) => bridgeCheck(bridge, node, bridges));
  return { checks, risks: [] };
}

/** From 8 on. Source: pve-access-control src/PVE/RPCEnvironment.pm check_sdn_bridge. */
export function bridgeNeeds(cards: readonly ConfiguredCard[], version: string): Need[] {
  if (majorOf(version) < 8) return [];
  const paths = cards
    // Others may be virtual networks of a zone, which the name does not tell.
    .filter(({ bridge }) => bridge.startsWith('vmbr'))
    .map(({ bridge, tag }) => `/sdn/zones/localnetwork/${bridge}${tag === null ? '' : `/${tag}`}`);
  return [...new Set(paths)].map((path) => ({ path, anyOf: ['SDN.Use'] }));
}

export function majorOf(version: string): number {
  return Number(/^\d{1,3}/.exec(version)?.[0] ?? 0);
}

/** Privileges on the new guest, one of which is needed: they may come from the pool that it is put into. */
export function newGuestNeed(
  { vmid, pool }: NewGuest,
  permissions: Scene['permissions'],
  anyOf: readonly string[],
): Need {
  const ofPool = pool === null ? null : `/pool/${pool}`;
  const isOfPool = ofPool !== null && anyOf.some((privilege) => holds(permissions, ofPool, privilege));
  return { path: isOfPool ? ofPool : `/vms/${vmid}`, anyOf };
}

/** Rights that what follows the creation takes besides. */
export function laterRights(
  { subject }: Pick<Scene, 'subject'>,
  { allow }: Pick<PlanContext, 'allow'>,
  { changes, starts }: { changes: boolean; starts: boolean },
): Check[] {
  const rights: ActionRight[] = [...(changes ? ['config' as const] : []), ...(starts ? ['power' as const] : [])];
  return rights.map((right) => allowedCheck(right, allow, subject.providerName));
}

export function kindWord(kind: ActionSubject['kind']): string {
  return kind === 'qemu' ? 'VM' : 'CT';
}
