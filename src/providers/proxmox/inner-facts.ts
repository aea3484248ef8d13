import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveInterface, PveOsInfo } from '../../api/pve-types.ts';
import { isReachableAddress } from '../../text/reachable-address.ts';
import { AppError, type ErrorCode } from '../../types/errors.ts';
import type { GuestKind } from '../../types/guest.ts';
import { guestKey } from '../../types/guest-key.ts';
import type { InnerAddress, InnerAnswer, InnerOs, InnerQuestion } from '../../types/inner-facts.ts';
import type { GuestObservation, Observation, Permissions } from '../../types/observation.ts';
import { holds } from '../../types/permissions.ts';
import { vmidOf } from './vmid.ts';

/**
 * At a time on each node. pvedaemon has three workers there, and an agent that does not answer holds one of them for seconds; the
 * kernel that a container shares does not.
 */
const WORKERS: Readonly<Record<GuestKind, number>> = { qemu: 2, lxc: 1, vm: 0 };
/** Until 8 and from 9 on. Source: pve-manager's qemu-server src/PVE/API2/Qemu/Agent.pm. */
const AGENT_PRIVILEGES = ['VM.GuestAgent.Audit', 'VM.GuestAgent.Unrestricted', 'VM.Monitor'];
/** As its parser reads a boolean of a property string. Source: pve-common src/PVE/JSONSchema.pm parse_boolean. */
const ON: ReadonlySet<string> = new Set(['1', 'on', 'yes', 'true']);
/** What another guest of that kind on that node would be told as well. */
const NODE_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'no-endpoint',
  'node-unreachable',
  'unreachable',
  'unauthenticated',
]);

interface Asking {
  client: ProxmoxClient;
  clock: () => Date;
  call: CallOptions & { signal: AbortSignal };
  /** Called for each guest as soon as its answer is there. */
  onAnswer: (answer: InnerAnswer) => void;
}

/**
 * Those whose system can be asked, as `qemu/100`: containers that run, and VMs with an agent. Where the rights of a VM do not allow
 * it, only one of those is asked, whose refusal says what is missing.
 */
export function askableGuests({ guests, permissions }: Observation): ReadonlySet<string> {
  const askable = guests.filter(isAskable);
  const isAllowed = (guest: GuestObservation): boolean => permissions === null || mayAsk(guest, permissions);
  const refused = askable.find((guest) => !isAllowed(guest));
  return new Set([...askable.filter(isAllowed), ...(refused ? [refused] : [])].map(guestKey));
}

function mayAsk({ kind, nativeId }: GuestObservation, permissions: Permissions): boolean {
  const privileges = kind === 'lxc' ? ['VM.Audit'] : AGENT_PRIVILEGES;
  return privileges.some((privilege) => holds(permissions, `/vms/${nativeId}`, privilege));
}

function isAskable({ kind, document, unobservable }: GuestObservation): boolean {
  if (unobservable !== null || document['status'] !== 'running') return false;
  return kind === 'lxc' || ON.has(String(document['agent.enabled']));
}

/**
 * Asks one system after the other, on each node those of a kind. One that hangs, fails or says nonsense costs nobody else anything but
 * its own time. Ends without an error when the signal says so; who was not asked until then has no answer.
 */
export async function askInside(asking: Asking, questions: readonly InnerQuestion[]): Promise<void> {
  const queues = new Map<string, InnerQuestion[]>();
  for (const question of questions) {
    const key = `${question.node} ${question.kind}`;
    const queue = queues.get(key);
    if (queue) queue.push(question);
    else queues.set(key, [question]);
  }
  await Promise.all(Array.from(queues.values(), (queue) => askQueue(asking, queue)));
}

async function askQueue(asking: Asking, questions: readonly InnerQuestion[]): Promise<void> {
  const queue = questions.values();
  let isOver = false;
  async function work(): Promise<void> {
    for (const question of queue) {
      if (isOver || asking.call.signal.aborted) return;
      if ((await askOne(asking, question)) instanceof AppError) isOver = true;
    }
  }
  const [first] = questions;
  await Promise.all(Array.from({ length: first ? WORKERS[first.kind] : 0 }, work));
}

/** AppError: others need not be asked either. */
async function askOne({ client, clock, call, onAnswer }: Asking, question: InnerQuestion): Promise<AppError | null> {
  const { guestId, kind, node, wantsOs } = question;
  const vmid = vmidOf(question);
  const askedAt = clock();
  const told = await client.getInterfaces({ kind, node, vmid }, call).catch(asAppError);
  if (told instanceof AppError) {
    onAnswer({ guestId, askedAt, addresses: null, issue: told.message, os: null });
    return NODE_ERRORS.has(told.code) ? told : null;
  }
  const os = kind === 'qemu' && wantsOs ? await client.getOsInfo(node, vmid, call).catch(asAppError) : null;
  onAnswer({
    guestId,
    askedAt,
    addresses: innerAddresses(told),
    issue: null,
    os: os === null || os instanceof AppError ? null : toOs(os),
  });
  return null;
}

/** Also where the time for all of them is over: who held it up is asked last the next time. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

const NO_MAC = '00:00:00:00:00:00';
/** What programs inside make for themselves and take away again: bridges and cards of containers, and the nets between them. */
const EPHEMERAL =
  /^(?:lo$|veth|docker\d|br-[0-9a-f]{12}$|cni\d|flannel|cali[0-9a-f]{6}|cilium|lxc[0-9a-f]{8}|lxdbr|virbr|vnet\d|kube-|nerdctl|podman|weave|azv)/i;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
/** Of one guest. */
const MAX_ADDRESSES = 64;

/** Those that others reach it at. */
export function innerAddresses(interfaces: readonly PveInterface[]): InnerAddress[] {
  const found = new Map<string, InnerAddress>();
  for (const { name, mac, addresses } of interfaces) {
    if (EPHEMERAL.test(name)) continue;
    for (const { address, prefix = null } of addresses) {
      // Windows names the interface behind the address: fe80::1%3.
      const [bare = ''] = address.split('%');
      if (!isReachableAddress(bare)) continue;
      const known = mac !== undefined && mac !== NO_MAC && MAC.test(mac) ? mac.toUpperCase() : null;
      found.set(`${name} ${bare}`, { interfaceName: name, address: bare.toLowerCase(), prefix, mac: known });
    }
  }
  return [...found.values()].slice(0, MAX_ADDRESSES);
}

function toOs({ prettyName, name, versionId }: PveOsInfo): InnerOs | null {
  const title = prettyName ?? name;
  return title === undefined ? null : { name: title, version: versionId ?? null };
}
