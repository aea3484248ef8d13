import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveGuestListEntry, PveGuestResource } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestKind } from '../../types/guest.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { placedScope } from '../../types/scope.ts';
import { attempt, completeScope, coverageOf } from '../scope-reports.ts';
import { type ClusterView, missingOf, whyNotAsked } from './cluster.ts';
import { NEEDED } from './permissions.ts';
import { failedScope, scopeWithRights, unreachableScope } from './scopes.ts';
import { vmidKey } from './vmid.ts';

interface LiveRow {
  kind: PveGuestResource['kind'];
  node: string;
  entry: PveGuestListEntry;
}

/** What the nodes themselves tell of their guests, without the delay of /cluster/resources. */
export interface LiveLists {
  scopes: readonly ScopeReport[];
  rows: readonly LiveRow[];
  /** Nodes that are said to be online and do not answer. */
  silent: ReadonlySet<string>;
  /** The row of a guest; of two, while it moves, that of the given node. */
  find(guest: { kind: GuestKind; vmid: number; node: string }): PveGuestListEntry | null;
}

type ListAnswer = readonly PveGuestListEntry[] | AppError;
/** What each node answered, one list for each kind that was asked for. */
export type NodeLists = ReadonlyMap<string, readonly ListAnswer[]>;

interface ListQuery {
  kinds: readonly PveGuestResource['kind'][];
  call: CallOptions;
}

/** Asks nodes for their own lists. */
export async function readLists(
  client: ProxmoxClient,
  nodes: readonly string[],
  { kinds, call }: ListQuery,
): Promise<NodeLists> {
  const list = (kind: PveGuestResource['kind'], node: string): Promise<ListAnswer> =>
    kind === 'qemu' ? readVMs(client, node, call) : attempt(client.getContainers(node, call));
  const answers = nodes.map(async (node) => [node, await Promise.all(kinds.map((kind) => list(kind, node)))] as const);
  return new Map(await Promise.all(answers));
}

/** Only with QEMU's own states a paused machine is told from a running one; where they are not to be had, it is not. */
async function readVMs(client: ProxmoxClient, node: string, call: CallOptions): Promise<ListAnswer> {
  const full = await attempt(client.getVMs(node, { full: true }, call));
  const isRefused = full instanceof AppError && (full.code === 'no-endpoint' || full.code === 'parameter');
  return isRefused ? attempt(client.getVMs(node, {}, call)) : full;
}

/** `lists`: of the nodes that were asked already; the others are asked now. */
export async function readLiveLists(
  client: ProxmoxClient,
  view: ClusterView,
  { kinds, call, lists }: ListQuery & { lists: NodeLists },
): Promise<LiveLists> {
  const names = [...view.nodes.keys()];
  const late = names.filter((name) => whyNotAsked(view, name) === null && !lists.has(name));
  const answers = new Map([...lists, ...(await readLists(client, late, { kinds, call }))]);
  const told = names.map((node) => toNodeList(view, node, kinds, answers.get(node) ?? []));
  const rows = told.flatMap((list) => list.rows);
  const byGuest = groupRows(rows);
  return {
    rows,
    scopes: told.map(({ scope }) => scope),
    silent: new Set(told.filter(({ isSilent }) => isSilent).map(({ node }) => node)),
    find: ({ kind, vmid, node }) => {
      const found = byGuest.get(vmidKey({ kind, vmid })) ?? [];
      return (found.find((row) => row.node === node) ?? found[0])?.entry ?? null;
    },
  };
}

function groupRows(rows: readonly LiveRow[]): ReadonlyMap<string, readonly LiveRow[]> {
  const groups = new Map<string, LiveRow[]>();
  for (const row of rows) {
    const key = `${row.kind}/${row.entry.vmid}`;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

interface NodeList {
  node: string;
  rows: readonly LiveRow[];
  scope: ScopeReport;
  isSilent: boolean;
}

function toNodeList(
  view: ClusterView,
  name: string,
  kinds: readonly PveGuestResource['kind'][],
  answers: readonly ListAnswer[],
): NodeList {
  const reason = whyNotAsked(view, name);
  const scope = placedScope('guests', name);
  if (reason !== null) return { node: name, rows: [], scope: unreachableScope(scope, reason), isSilent: false };
  const rows = answers.flatMap((answer, index) => {
    const kind = kinds[index];
    if (kind === undefined || answer instanceof AppError) return [];
    return answer.map((entry): LiveRow => ({ kind, node: name, entry }));
  });
  const failures = answers.filter((answer) => answer instanceof AppError);
  return {
    node: name,
    rows,
    scope: listScope(view, scope, rows.length, failures),
    isSilent: failures.length === kinds.length && failures.every((error) => coverageOf(error) === 'unreachable'),
  };
}

function listScope(view: ClusterView, scope: string, count: number, failures: readonly AppError[]): ScopeReport {
  const [first] = failures;
  if (first !== undefined) return failedScope(scope, first, count);
  return view.permissions === null
    ? completeScope(scope, count)
    : scopeWithRights(scope, count, missingOf(view, NEEDED.guests));
}
