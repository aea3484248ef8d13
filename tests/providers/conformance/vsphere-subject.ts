import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startVcsim } from '../../../scripts/vcsim-server.mjs';
import { module } from '../../../src/providers/vsphere/module.ts';
import { Pyvmomi } from '../../helpers/pyvmomi.ts';
import { READER } from '../../helpers/vcsim.ts';
import { type FaultyProxy, faultReply, openProxy, type ProxiedCall, type Reply } from '../../vsphere/faulty-proxy.ts';
import {
  type Fault,
  type FaultName,
  type Hand,
  NO_CLOUD,
  type Subject,
  type SubjectKind,
  type TrueGuest,
} from './subject.ts';

const PLATFORM = { vms: 6, hosts: 2 };
/** The Date header has whole seconds, so an action is placed to 1.5 s. */
const SETTLE_MS = 1_700;
const SLOW_MS = 300;

/** vSphere: vcsim behind a proxy that fails, changed through VMware's own library. */
export const VSPHERE: SubjectKind = {
  kind: 'vsphere',
  open,
  cannot: NO_CLOUD,
  untold: {},
  maxRequests: 25,
};

async function open(): Promise<Subject> {
  const server = await startVcsim(PLATFORM);
  const proxy = await openProxy(server.url);
  const client = new Pyvmomi(server.url);
  const machines = new Machines(client);
  const secrets = new Set([READER.password, 'S3cret &amp; &lt;more&gt;']);
  const rules = new ListingRules(proxy, secrets);
  return {
    module,
    settings: {
      endpoints: [proxy.url],
      tls: { ca: proxy.certificate.pem },
      credential: { kind: 'password', user: READER.user, password: READER.password },
    },
    get secrets() {
      return [...secrets];
    },
    actors: ['alice', 'bob', 'carol'],
    places: ['DC0_C0_H0', 'DC0_C0_H1'],
    clock: () => new Date(),
    pass: () => sleep(5),
    settle: () => sleep(SETTLE_MS),
    truth: async () => (await machines.list()).map(({ moref: _, ...guest }) => guest),
    hand: handOf(client, machines, (moref) => rules.ghosts.add(moref)),
    faults: faultsOf(rules, { machines, proxy, url: server.url }),
    close: async () => {
      await client.close();
      await server.stop();
    },
  };
}

interface Listed {
  moref: string;
  uuid: string;
  name: string;
  power: string;
  host: string;
  memoryMiB: number;
}

/** The VMs as vcsim has them, asked past the proxy. */
class Machines {
  readonly #client: Pyvmomi;

  constructor(client: Pyvmomi) {
    this.#client = client;
  }

  async list(): Promise<(TrueGuest & { moref: string })[]> {
    const rows = JSON.parse((await this.#client.as('observer', 'list', null)) ?? '[]') as Listed[];
    return rows.map(({ moref, uuid, name, power, host, memoryMiB }) => ({
      moref,
      nativeId: uuid,
      name,
      status: power === 'poweredOn' ? 'running' : 'stopped',
      place: host,
      memoryMiB,
    }));
  }

  async morefOf(nativeId: string): Promise<string> {
    return (await this.#find((one) => one.nativeId === nativeId)).moref;
  }

  async idOf(moref: string | null): Promise<string> {
    return (await this.#find((one) => one.moref === moref)).nativeId;
  }

  async nameOf(nativeId: string): Promise<string> {
    return (await this.#find((one) => one.nativeId === nativeId)).name;
  }

  async #find(isIt: (one: TrueGuest & { moref: string }) => boolean): Promise<TrueGuest & { moref: string }> {
    const found = (await this.list()).find(isIt);
    if (found === undefined) throw new Error('vcsim has no such VM');
    return found;
  }
}

function handOf(client: Pyvmomi, machines: Machines, onRemoved: (moref: string) => void): Hand {
  let folders = 0;
  const create = async (actor: string, name: string): Promise<string> => {
    const newFolder = `folder-${++folders}`;
    return machines.idOf(await client.as(actor, 'create', null, { name, newFolder }));
  };
  const remove = async (actor: string, id: string): Promise<void> => {
    const moref = await machines.morefOf(id);
    await client.as(actor, 'destroy', moref);
    onRemoved(moref);
  };
  return {
    create,
    remove,
    recreate: async (actor, id) => {
      const name = await machines.nameOf(id);
      await remove(actor, id);
      return create(actor, name);
    },
    rename: async (actor, id, name) => void (await client.as(actor, 'rename', await machines.morefOf(id), { name })),
    setPower: async (actor, id, status) => {
      const operation = status === 'running' ? 'power-on' : 'power-off';
      await client.as(actor, operation, await machines.morefOf(id));
    },
    setMemory: async (actor, id, memoryMB) =>
      void (await client.as(actor, 'reconfigure', await machines.morefOf(id), { memoryMB })),
    move: async (actor, id, to) => void (await client.as(actor, 'migrate', await machines.morefOf(id), { to })),
  };
}

const VIEW = '<pathSet>view</pathSet>';

type Change = (call: ProxiedCall) => Promise<Reply>;

/** What happens to the calls that list VMs, or ask for one of them. */
class ListingRules {
  /** Morefs of removed VMs. vcsim lists one that was moved on its first host for ever, which no vCenter does. */
  readonly ghosts = new Set<string>();
  /** Of the properties of all VMs. */
  listing: Change | null = null;
  /** Of the list of a view: of VMs, hosts or datastores. */
  view: Change | null = null;
  /** Of one VM by name. */
  named: Change | null = null;

  constructor(proxy: FaultyProxy, secrets: Set<string>) {
    proxy.on('RetrievePropertiesEx', (call) => {
      for (const [session] of call.cookie?.matchAll(/[0-9a-f-]{36}/g) ?? []) secrets.add(session);
      const isView = call.body.includes(VIEW);
      const forward = isView
        ? () => edit((body) => without(body, (moref) => this.ghosts.has(moref)))(call)
        : call.forward;
      const change = this.#changeOf(call.body);
      return change === null ? forward() : change({ ...call, forward });
    });
  }

  clear(): void {
    this.listing = null;
    this.view = null;
    this.named = null;
  }

  #changeOf(body: string): Change | null {
    if (body.includes(VIEW)) return this.view;
    if (!body.includes('<propSet><type>VirtualMachine</type>')) return null;
    return body.includes('<obj type="VirtualMachine">') ? this.named : this.listing;
  }
}

const OBJECT = /<objects><obj type="VirtualMachine">([^<]*)<.*?<\/objects>/gs;
const REFERENCE = /<ManagedObjectReference type="VirtualMachine">([^<]*)<\/ManagedObjectReference>/g;

function without(body: string, isHidden: (moref: string) => boolean): string {
  return [OBJECT, REFERENCE].reduce(
    (text, one) => text.replaceAll(one, (whole, moref) => (isHidden(moref) ? '' : whole)),
    body,
  );
}

const CONFIGURATION = /<propSet><name>(config\.(?!instanceUuid)[^<]*)<\/name>.*?<\/propSet>/gs;

/** As vCenter says that it could not read a property. */
function withoutConfiguration(object: string): string {
  const missing = [...object.matchAll(CONFIGURATION)].map(
    ([, path]) =>
      `<missingSet><path>${path}</path><fault><fault xsi:type="SystemError"><reason></reason></fault>` +
      '<localizedMessage></localizedMessage></fault></missingSet>',
  );
  return object.replaceAll(CONFIGURATION, '').replace('</objects>', `${missing.join('')}</objects>`);
}

function edit(replace: (body: string) => string): Change {
  return async ({ forward }) => {
    const answer = await forward();
    return { ...answer, body: replace(answer.body) };
  };
}

function faultsOf(
  rules: ListingRules,
  { machines, proxy, url }: { machines: Machines; proxy: FaultyProxy; url: string },
): Partial<Record<FaultName, Fault>> {
  const fault =
    (start: () => Promise<void> | void): Fault =>
    async () => {
      await start();
      return async () => rules.clear();
    };
  const listing = (change: Change): Fault =>
    fault(() => {
      rules.listing = change;
    });
  const hide = (isHidden: (moref: string) => boolean): void => {
    rules.listing = edit((body) => without(body, isHidden));
    rules.view = rules.listing;
  };
  const half = async (): Promise<ReadonlySet<string>> =>
    new Set((await machines.list()).filter((_, index) => index % 2 === 0).map(({ moref }) => moref));
  return {
    'failed-listing': listing(async () => faultReply('RuntimeFault', 'A general system error occurred')),
    'short-listing': fault(async () => {
      const hidden = await half();
      hide((moref) => hidden.has(moref));
    }),
    'empty-listing': fault(() => hide(() => true)),
    'cut-listing': listing(async ({ forward }) => {
      const answer = await forward();
      return { ...answer, cutAfter: Math.floor(answer.body.length / 2) };
    }),
    'duplicated-listing': fault(() => {
      const twice = edit((body) =>
        [OBJECT, REFERENCE].reduce((text, one) => text.replaceAll(one, (whole) => whole + whole), body),
      );
      rules.listing = twice;
      rules.view = twice;
    }),
    'slow-listing': listing(async ({ forward }) => {
      await sleep(SLOW_MS);
      return forward();
    }),
    // As vCenter does it: what may not be seen is in no list, and asking for it by name is refused.
    'lost-rights': fault(async () => {
      const hidden = await half();
      hide((moref) => hidden.has(moref));
      rules.named = async ({ body, forward }) => {
        const moref = /<obj type="VirtualMachine">([^<]*)</.exec(body)?.[1] ?? '';
        return hidden.has(moref) ? faultReply('NoPermission', 'Permission was denied') : forward();
      };
    }),
    // Its VMs have the same names and uuids. All vcsims have one uuid, which no two vCenters have.
    'other-system': async () => {
      const other = await startVcsim(PLATFORM);
      const uuid = `<instanceUuid>${randomUUID()}</instanceUuid>`;
      proxy.on(
        'RetrieveServiceContent',
        edit((body) => body.replace(/<instanceUuid>[^<]*<\/instanceUuid>/, uuid)),
      );
      proxy.leadTo(other.url);
      return async () => {
        proxy.on('RetrieveServiceContent', ({ forward }) => forward());
        proxy.leadTo(url);
        await other.stop();
      };
    },
    'failed-details': listing(edit((body) => body.replaceAll(OBJECT, withoutConfiguration))),
    'lost-records': async () => {
      proxy.on('CreateCollectorForEvents', async () => faultReply('RuntimeFault', 'The events cannot be read'));
      return async () => proxy.on('CreateCollectorForEvents', ({ forward }) => forward());
    },
    garbled: listing(async () => ({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html><body><h1>Welcome</h1></body></html>',
    })),
  };
}
