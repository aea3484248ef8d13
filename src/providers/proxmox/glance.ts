import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveGuestStatus } from '../../api/pve-types.ts';
import { configuredSize } from '../../types/configured-size.ts';
import { AppError } from '../../types/errors.ts';
import { guestKey } from '../../types/guest.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { GuestObservation, Permissions, ScopeReport } from '../../types/observation.ts';
import { isPendingPath } from '../../types/pending-path.ts';
import { placedScope } from '../../types/scope.ts';
import type { FindConfiguration } from '../provider.ts';
import { attempt, completeScope, failedScope } from './attempt.ts';
import { readConfigurations } from './configurations.ts';
import type { Discovery } from './discover.ts';
import type { Learned, Mention } from './feed-cursor.ts';
import { observeGuest } from './guest-observation.ts';
import type { ReadConfiguration } from './read-configuration.ts';

/** A mentioned guest that is listed. */
export type Listed = Mention & { row: NonNullable<Mention['row']> };

export function isListed(mention: Mention): mention is Listed {
  return mention.row !== null;
}

/** What was read of the guests that a look mentioned. */
export interface Glimpse {
  guests: readonly GuestObservation[];
  scopes: readonly ScopeReport[];
  learned: ReadonlyMap<string, Learned>;
  /** To be read at the next look: they were on their way to another node. */
  unread: ReadonlyMap<string, Listed>;
}

interface Read {
  mention: Listed;
  config: ReadConfiguration | AppError | null;
  status: PveGuestStatus | AppError | null;
}

/** Reads of each guest what it takes: one call or two. */
export async function readMentioned(
  { client, clock }: Discovery,
  mentions: readonly Listed[],
  {
    maskKey,
    known,
    permissions,
    call,
  }: { maskKey: MaskKey | null; known: FindConfiguration; permissions: Permissions | null; call: CallOptions },
): Promise<Glimpse> {
  const at = clock();
  const rows = mentions.filter((mention) => mention.config || mayApply(mention, known)).map(({ row }) => row);
  const [configs, statuses] = await Promise.all([
    readConfigurations(
      {
        client,
        call,
        maskKey,
        known,
        reading: null,
        observe: (_row, configuration) => configuration,
        onDone: () => undefined,
      },
      rows,
    ),
    Promise.all(mentions.map((mention) => readStatus(client, mention, call))),
  ]);
  const reads = mentions.map((mention, index): Read => {
    return { mention, config: configs.get(guestKey(mention)) ?? null, status: statuses[index] ?? null };
  });
  const good = reads.filter((read) => errorsOf(read).length === 0);
  const moved = reads.filter((read) => errorsOf(read).some(({ code }) => code === 'no-such-guest'));
  return {
    guests: good.map((read) => observe(read, permissions)),
    scopes: scopesOf(reads),
    learned: new Map(good.map((read) => [guestKey(read.mention), learn(read, at)])),
    unread: new Map(moved.map(({ mention }) => [guestKey(mention), mention])),
  };
}

/** What waits for a restart takes effect when the guest stops or starts, which tells of its power only. */
function mayApply({ kind, vmid, power }: Listed, known: FindConfiguration): boolean {
  return power && Object.keys(known({ kind, vmid })?.document ?? {}).some(isPendingPath);
}

async function readStatus(
  client: ProxmoxClient,
  { kind, vmid, power, row: { node } }: Listed,
  call: CallOptions,
): Promise<PveGuestStatus | AppError | null> {
  if (!power) return null;
  return attempt(kind === 'qemu' ? client.getVMStatus(node, vmid, call) : client.getContainerStatus(node, vmid, call));
}

function errorsOf({ config, status }: Read): AppError[] {
  return [config, status].filter((answer) => answer instanceof AppError);
}

function observe({ mention, config, status }: Read, permissions: Permissions | null): GuestObservation {
  return observeGuest({
    row: mention.row,
    live: status instanceof AppError ? null : status,
    configuration: config instanceof AppError ? null : config,
    unobservable: null,
    permissions: mention.rights || mention.isNew ? permissions : null,
    isGlance: true,
  });
}

/** Rows are compared with what they will say of it. */
function learn({ config, status, mention: { row } }: Read, at: Date): Learned {
  const fields: Learned['fields'] = {};
  if (status !== null && !(status instanceof AppError) && status.status !== undefined) fields.status = status.status;
  if (config !== null && !(config instanceof AppError)) {
    const document = Object.fromEntries(config.fields);
    const { name, tags, template } = document;
    const { cpus, memoryBytes } = configuredSize(row.kind, document);
    if (typeof name === 'string') fields.name = name;
    fields.tags = Array.isArray(tags) ? tags.join(';') : '';
    fields.template = template === true;
    if (memoryBytes !== null) fields.maxmem = memoryBytes;
    if (cpus !== null) fields.maxcpu = cpus;
  }
  return { at, fields };
}

function scopesOf(reads: readonly Read[]): ScopeReport[] {
  const nodes = [...new Set(reads.map(({ mention }) => mention.row.node))].sort();
  return nodes.flatMap((node) => {
    const own = reads.filter(({ mention }) => mention.row.node === node);
    return [
      scopeOf(
        placedScope('guests', node),
        own.map(({ status }) => status),
        'power states',
      ),
      scopeOf(
        placedScope('config', node),
        own.map(({ config }) => config),
        'configurations',
      ),
    ].filter(({ count, coverage }) => count > 0 || coverage !== 'complete');
  });
}

function scopeOf(scope: string, answers: readonly unknown[], what: string): ScopeReport {
  const asked = answers.filter((answer) => answer !== null);
  const errors = asked.filter((answer) => answer instanceof AppError).filter(({ code }) => code !== 'no-such-guest');
  const [first] = errors;
  const count = asked.length - errors.length;
  if (first === undefined) return completeScope(scope, count);
  const message = `${errors.length} of ${asked.length} ${what} could not be read: ${first.message}`;
  return { ...failedScope(scope, first, count), message };
}
