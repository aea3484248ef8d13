import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AuditVerb } from '../../../src/types/audit-record.ts';
import type { FolderGuest, FolderIndex } from './files/folder.ts';
import { files } from './files/manifest.ts';
import { module } from './files/module.ts';
import { type Fault, NO_CLOUD, type Subject, type SubjectKind } from './subject.ts';

const START_MS = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
const HOSTS = ['host-1', 'host-2'];
const PASSWORD = 'a password of a folder';

/** The example of docs/adding-a-provider.md. */
export const FILES: SubjectKind = {
  kind: files.kind,
  open,
  cannot: {
    ...NO_CLOUD,
    'slow-listing': 'a file is read at once',
    'lost-rights': 'root, as whom tests may run, reads every file',
  },
  untold: {},
  // The index, the records and the guests.
  maxRequests: 8,
};

async function open(): Promise<Subject> {
  let nowMs = START_MS;
  const pass = async (): Promise<void> => {
    nowMs += MINUTE_MS;
  };
  const folder = await TrueFolder.make(() => new Date(nowMs));
  return {
    module,
    settings: {
      endpoints: [pathToFileURL(folder.path).href],
      tls: {},
      credential: { kind: 'password', user: 'reader', password: PASSWORD },
    },
    secrets: [PASSWORD],
    actors: ['alice', 'bob', 'carol'],
    places: HOSTS,
    clock: () => new Date(nowMs),
    pass,
    settle: pass,
    truth: async () =>
      [...folder.guests].map(([nativeId, { name, status, host, memoryMiB }]) => ({
        nativeId,
        name,
        status,
        place: host,
        memoryMiB,
      })),
    hand: {
      create: (actor, name) => folder.create(actor, name),
      remove: (actor, id) => folder.remove(actor, id),
      recreate: async (actor, id) => {
        const { name } = folder.get(id);
        await folder.remove(actor, id);
        return folder.create(actor, name, id);
      },
      rename: (actor, id, name) => folder.change(actor, id, { verb: 'rename', fields: { name } }),
      setPower: (actor, id, status) =>
        folder.change(actor, id, { verb: status === 'running' ? 'start' : 'stop', fields: { status } }),
      setMemory: (actor, id, memoryMiB) => folder.change(actor, id, { verb: 'configure', fields: { memoryMiB } }),
      move: (actor, id, host) => folder.change(actor, id, { verb: 'migrate', fields: { host } }),
    },
    faults: {
      'failed-listing': folder.indexFault(() => null),
      'short-listing': folder.indexFault((index) =>
        JSON.stringify({ ...index, ids: index.ids.filter((_, at) => at % 2 === 1) }),
      ),
      'empty-listing': folder.indexFault((index) => JSON.stringify({ ...index, ids: [] })),
      'cut-listing': folder.indexFault((index) => JSON.stringify(index).slice(0, 40)),
      'duplicated-listing': folder.indexFault((index) =>
        JSON.stringify({ ...index, ids: [...index.ids, ...index.ids] }),
      ),
      'other-system': folder.indexFault((index) => JSON.stringify({ ...index, system: randomUUID() })),
      'failed-details': () => folder.hide('guests'),
      'lost-records': () => folder.hide('records'),
      garbled: folder.indexFault(() => '<html><body><h1>Welcome</h1></body></html>'),
    },
    close: () => rm(folder.path, { recursive: true, force: true }),
  };
}

const PATHS = { name: 'name', status: 'status', host: 'node', memoryMiB: 'memory' } as const;

/** The platform: it writes the folder, and keeps the truth in memory. */
class TrueFolder {
  readonly path: string;
  readonly guests = new Map<string, FolderGuest>();
  readonly #clock: () => Date;
  readonly #system = randomUUID();
  #records = 0;
  #lastId = 0;
  /** Where the files are: elsewhere while they cannot be read. */
  readonly #at = { guests: 'guests', records: 'records.jsonl' };
  /** What stands in the index in place of the truth. */
  #spoil: ((index: FolderIndex) => string | null) | null = null;

  private constructor(folder: string, clock: () => Date) {
    this.path = folder;
    this.#clock = clock;
  }

  static async make(clock: () => Date): Promise<TrueFolder> {
    const folder = new TrueFolder(await mkdtemp(path.join(os.tmpdir(), 'rollcall-files-')), clock);
    await mkdir(path.join(folder.path, 'guests'));
    for (const name of ['web', 'db', 'cache', 'mail', 'build', 'proxy']) await folder.create('installer', name);
    return folder;
  }

  get(id: string): FolderGuest {
    const guest = this.guests.get(id);
    if (guest === undefined) throw new Error(`there is no guest ${id}`);
    return guest;
  }

  async create(actor: string, name: string, id = String(++this.#lastId)): Promise<string> {
    const guest: FolderGuest = { uuid: randomUUID(), name, status: 'stopped', host: 'host-1', memoryMiB: 512 };
    this.guests.set(id, guest);
    await this.#write(`${this.#at.guests}/${id}.json`, JSON.stringify(guest));
    await this.#writeIndex();
    await this.#record(actor, guest, { verb: 'create', fields: {} });
    return id;
  }

  async remove(actor: string, id: string): Promise<void> {
    const guest = this.get(id);
    this.guests.delete(id);
    await this.#writeIndex();
    await rm(path.join(this.path, `${this.#at.guests}/${id}.json`));
    await this.#record(actor, guest, { verb: 'destroy', fields: {} });
  }

  async change(actor: string, id: string, action: Action): Promise<void> {
    const guest = { ...this.get(id), ...action.fields };
    this.guests.set(id, guest);
    await this.#write(`${this.#at.guests}/${id}.json`, JSON.stringify(guest));
    await this.#record(actor, guest, action);
  }

  /** `spoil` null: the index is not there. */
  indexFault(spoil: (index: FolderIndex) => string | null): Fault {
    return async () => {
      this.#spoil = spoil;
      await this.#writeIndex();
      return async () => {
        this.#spoil = null;
        await this.#writeIndex();
      };
    };
  }

  /** Begins a fault. */
  async hide(what: 'guests' | 'records'): Promise<() => Promise<void>> {
    const shown = this.#at[what];
    const hidden = `hidden-${shown}`;
    await this.#move(what, hidden);
    return () => this.#move(what, shown);
  }

  async #move(what: 'guests' | 'records', to: string): Promise<void> {
    await rename(path.join(this.path, this.#at[what]), path.join(this.path, to));
    this.#at[what] = to;
  }

  async #writeIndex(): Promise<void> {
    const index: FolderIndex = { system: this.#system, hosts: HOSTS, ids: [...this.guests.keys()] };
    const text = this.#spoil === null ? JSON.stringify(index) : this.#spoil(index);
    if (text === null) await rm(path.join(this.path, 'index.json'), { force: true });
    else await this.#write('index.json', text);
  }

  async #record(actor: string, { uuid }: FolderGuest, { verb, fields }: Action): Promise<void> {
    const sets = Object.fromEntries(
      Object.entries(PATHS).flatMap(([name, to]) => {
        const value = fields[name as keyof typeof PATHS];
        return value === undefined ? [] : [[to, value]];
      }),
    );
    const record = { number: ++this.#records, at: this.#clock().toISOString(), actor, verb, uuid, sets };
    await appendFile(path.join(this.path, this.#at.records), `${JSON.stringify(record)}\n`);
  }

  /** Whole or not at all, for whoever reads meanwhile. */
  async #write(name: string, text: string): Promise<void> {
    const file = path.join(this.path, name);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
}

interface Action {
  verb: AuditVerb;
  fields: Partial<Omit<FolderGuest, 'uuid'>>;
}
