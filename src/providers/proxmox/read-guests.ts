import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveGuestStatus } from '../../api/pve-types.ts';
import { configuredSize } from '../../types/configured-size.ts';
import { AppError } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { GuestObservation, Permissions, ScopeReport } from '../../types/observation.ts';
import { isPendingPath } from '../../types/pending-path.ts';
import { placedScope } from '../../types/scope.ts';
import type { FindConfiguration } from '../provider.ts';
import { attempt, completeScope } from '../scope-reports.ts';
import { readConfigurations } from './configurations.ts';
import type { Discovery } from './discover.ts';
import type { GuestToRead, Learned } from './feed-cursor.ts';
import { observeGuest } from './guest-observation.ts';
import type { ReadConfiguration } from './read-configuration.ts';
import { failedScope } from './scopes.ts';
import { vmidKey } from './vmid.ts';

/** A guest to read that is still listed. */
export type ListedGuest = GuestToRead & { row: NonNullable<GuestToRead['row']> };

export function isListed(guest: GuestToRead): guest is ListedGuest {
  return guest.row !== null;
}

/** The result of a partial read. */
export interface ReadGuests {
  guests: readonly GuestObservation[];
  scopes: readonly ScopeReport[];
  learned: ReadonlyMap<string, Learned>;
  /** Guests that were moving to another node. They are read again after the next poll. */
  unread: ReadonlyMap<string, ListedGuest>;
}

interface GuestAnswers {
  guest: ListedGuest;
  config: ReadConfiguration | AppError | null;
  status: PveGuestStatus | AppError | null;
}

/** Reads the parts of each guest that its change concerns, in one or two calls. */
export async function readGuests(
  { client, clock }: Discovery,
  guests: readonly ListedGuest[],
  {
    maskKey,
    known,
    permissions,
    call,
  }: { maskKey: MaskKey | null; known: FindConfiguration; permissions: Permissions | null; call: CallOptions },
): Promise<ReadGuests> {
  const at = clock();
  const rows = guests.filter((guest) => guest.config || mayApply(guest, known)).map(({ row }) => row);
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
    Promise.all(guests.map((guest) => readStatus(client, guest, call))),
  ]);
  const all = guests.map((guest, index): GuestAnswers => {
    return { guest, config: configs.get(vmidKey(guest)) ?? null, status: statuses[index] ?? null };
  });
  const good = all.filter((answers) => errorsOf(answers).length === 0);
  const moved = all.filter((answers) => errorsOf(answers).some(({ code }) => code === 'no-such-guest'));
  return {
    guests: good.map((answers) => observe(answers, permissions)),
    scopes: scopesOf(all),
    learned: new Map(good.map((answers) => [vmidKey(answers.guest), learn(answers, at)])),
    unread: new Map(moved.map(({ guest }) => [vmidKey(guest), guest])),
  };
}

/** Pending values take effect when the guest stops or starts, though the feeds then report a power change only. */
function mayApply({ kind, vmid, power }: ListedGuest, known: FindConfiguration): boolean {
  return power && Object.keys(known({ kind, nativeId: String(vmid) })?.document ?? {}).some(isPendingPath);
}

async function readStatus(
  client: ProxmoxClient,
  { kind, vmid, power, row: { node } }: ListedGuest,
  call: CallOptions,
): Promise<PveGuestStatus | AppError | null> {
  if (!power) return null;
  return attempt(client.getGuestStatus({ kind, node, vmid }, call));
}

function errorsOf({ config, status }: GuestAnswers): AppError[] {
  return [config, status].filter((answer) => answer instanceof AppError);
}

function observe({ guest, config, status }: GuestAnswers, permissions: Permissions | null): GuestObservation {
  return observeGuest({
    row: guest.row,
    live: status instanceof AppError ? null : status,
    configuration: config instanceof AppError ? null : config,
    unobservable: null,
    permissions: guest.rights || guest.isNew ? permissions : null,
    isPartialRead: true,
  });
}

/** The values as the guest's row will show them, for the comparison in the next poll. */
function learn({ config, status, guest: { row } }: GuestAnswers, at: Date): Learned {
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

function scopesOf(all: readonly GuestAnswers[]): ScopeReport[] {
  const nodes = [...new Set(all.map(({ guest }) => guest.row.node))].sort();
  return nodes.flatMap((node) => {
    const own = all.filter(({ guest }) => guest.row.node === node);
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
