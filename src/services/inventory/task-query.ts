import type { TaskSelection } from '../../repositories/inventory/audit-record-rows.ts';
import type { GuestName, InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import { OUTCOMES, type Outcome } from '../../types/audit-record.ts';
import type { TaskQuery, TaskRow } from '../../types/inventory.ts';
import { compileFilter } from '../../types/wildcard.ts';
import { requireGuests } from './guest-reference.ts';

const DEFAULT_LIMIT = 100;
const PAGE = 500;
const MAX_VMID = 999_999_999;

/** The newest first, with the name of the guest that had the id last. */
export async function findTasks(
  inventory: InventoryRepository,
  query: TaskQuery,
  providerIds: readonly string[] | undefined,
): Promise<TaskRow[]> {
  const { guest, guests, since, until, limit = DEFAULT_LIMIT } = query;
  const names = await inventory.listGuestNames();
  const guestNames = new Map(names.map((row) => [`${row.providerId}/${targetOf(row)}`, row.name]));
  const clocks = await readClocks(inventory, since, until);
  const named = guest === undefined ? null : namedGuests(guest, names);
  const chosen = guests === undefined ? null : wantedOf(names.filter(({ id }) => guests.has(id)));
  const wanted = named ?? chosen;
  const isWanted = taskFilter(query, [named, chosen]);
  const states = taskStates(query);
  const found: TaskRow[] = [];
  for (let skip = 0; found.length < limit; skip += PAGE) {
    const selection: TaskSelection = {
      ...(providerIds && { providerIds }),
      ...(wanted && { targets: wanted.targets }),
      ...(since && { since: new Date(since.getTime() + clocks.slowestMs) }),
      ...(until && { until: new Date(until.getTime() + clocks.fastestMs) }),
      ...(states && { states }),
      skip,
      take: PAGE,
    };
    const page = await inventory.listTasks(selection);
    found.push(...page.filter((task) => isWanted(task) && isWithin(task, query, clocks)));
    if (page.length < PAGE) break;
  }
  return found
    .slice(0, limit)
    .map((task) => ({ ...task, guestName: guestNames.get(`${task.providerId}/${task.id}`) ?? task.guestName }));
}

/** How far the clocks of servers are ahead of ours. */
interface Clocks {
  byProvider: ReadonlyMap<string, number>;
  slowestMs: number;
  fastestMs: number;
}

/** Tasks have the time of their server. Asked for only where times are compared. */
async function readClocks(
  inventory: InventoryRepository,
  since: Date | undefined,
  until: Date | undefined,
): Promise<Clocks> {
  if (since === undefined && until === undefined) return { byProvider: new Map(), slowestMs: 0, fastestMs: 0 };
  const byProvider = await inventory.listClockSkews();
  const skews = [0, ...byProvider.values()];
  return { byProvider, slowestMs: Math.min(...skews), fastestMs: Math.max(...skews) };
}

function isWithin({ startedAt, providerId }: TaskRow, { since, until }: TaskQuery, { byProvider }: Clocks): boolean {
  const atMs = startedAt.getTime() - (byProvider.get(providerId) ?? 0);
  return (since === undefined || atMs >= since.getTime()) && (until === undefined || atMs <= until.getTime());
}

/** What the records of a guest name it by. */
function targetOf({ nativeId, handle }: GuestName): string {
  return handle ?? nativeId;
}

interface WantedGuests {
  targets: readonly string[];
  isOf(task: TaskRow): boolean;
}

/** By vmid, whatever had it; or all guests of a name, an id, a `PROVIDER/VMID`. A vmid needs no guest that is known. */
function namedGuests(ref: string, names: readonly GuestName[]): WantedGuests {
  const vmid = /^\d+$/.test(ref) ? Number(ref) : Number.NaN;
  if (vmid <= MAX_VMID) return { targets: [String(vmid)], isOf: (task) => task.vmid === vmid };
  return wantedOf(requireGuests(ref, names));
}

function wantedOf(guests: readonly GuestName[]): WantedGuests {
  const keys = new Set(guests.map((guest) => `${guest.providerId}/${targetOf(guest)}`));
  return { targets: [...new Set(guests.map(targetOf))], isOf: ({ providerId, id }) => keys.has(`${providerId}/${id}`) };
}

function taskFilter(query: TaskQuery, wanted: readonly (WantedGuests | null)[]): (task: TaskRow) => boolean {
  const user = compileFilter(query.user);
  const type = compileFilter(query.type);
  const node = compileFilter(query.node);
  return (task) =>
    (user(task.user ?? '') || (task.token !== null && user(`${task.user}!${task.token}`))) &&
    type(task.type) &&
    node(task.node) &&
    wanted.every((guests) => guests === null || guests.isOf(task));
}

/** Both asked for: either. */
function taskStates({ failed, running }: TaskQuery): Outcome[] | undefined {
  if (failed === undefined && running === undefined) return undefined;
  const states = OUTCOMES.filter((state) => {
    if (failed && running) return state === 'failed' || state === 'running';
    return (
      (failed === undefined || failed === (state === 'failed')) &&
      (running === undefined || running === (state === 'running'))
    );
  });
  return states;
}
