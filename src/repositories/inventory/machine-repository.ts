import { documentAddresses, type GuestAddress } from '../../types/addresses.ts';
import type { GuestIdentity } from '../../types/guest.ts';
import type { MachineRow } from '../../types/machine-link.ts';
import { PRESENCES, type Presence } from '../../types/presence.ts';
import type { Connection } from '../db/connection.ts';
import { isDocument } from '../db/document-shape.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { Where } from '../db/where.ts';
import { isGuestIdentity } from './guest-rows.ts';
import { listAddresses } from './inner-rows.ts';

const LINKED: readonly Presence[] = ['present', 'unobservable'];

/** What tells which machine each guest is. A repository of its own: few commands ask, and the others do not load it. */
export class MachineRepository {
  readonly #reader: Reader;

  constructor({ reader }: Pick<Connection, 'reader'>) {
    this.#reader = reader;
  }

  /** Of some providers, without those that are gone. Of a document, only what tells the machine stays in memory. */
  async list(providerIds: readonly string[]): Promise<MachineRow[]> {
    const reader = this.#reader;
    const told = await listAddresses(reader, {});
    const where = new Where(reader.provider).among('g."providerId"', providerIds).among('g."presence"', LINKED);
    const sql = `SELECT g."id", g."providerId", g."nativeId", g."name", g."presence", g."identity", g."document"
      FROM "guests" g ${where.sql}`;
    return reader.list({ sql, values: where.values, noun: 'guest' }, (row) => toMachineRow(row, told));
  }
}

function toMachineRow(row: Row, told: ReadonlyMap<string, readonly GuestAddress[]>): MachineRow {
  const id = row.text('id');
  const identity: GuestIdentity = row.json('identity', isGuestIdentity);
  const document = row.json('document', isDocument);
  return {
    id,
    providerId: row.text('providerId'),
    nativeId: row.text('nativeId'),
    name: row.textOrNull('name'),
    isPresent: row.word('presence', PRESENCES) === 'present',
    uuid: identity.uuid ?? textAt(document['uuid']),
    macs: [...(identity.macs ?? []), ...listAt(document['guest.macs'])],
    hostnames: [identity.hostname, textAt(document['guest.hostname'])].flatMap((text) => text ?? []),
    addresses: [...documentAddresses(document), ...(told.get(id) ?? [])].map(({ address }) => address),
  };
}

function textAt(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function listAt(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
