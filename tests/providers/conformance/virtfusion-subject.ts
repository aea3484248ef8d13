import { virtfusion } from '../../../src/providers/virtfusion/manifest.ts';
import { module } from '../../../src/providers/virtfusion/module.ts';
import { type Fault, NO_CLOUD, type Subject, type SubjectKind } from './subject.ts';
import { Panel, type Spoil } from './virtfusion-panel.ts';

const START_MS = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
const LIST = /^\/servers\?/;
const DETAILS = /^\/servers\/\d+$/;

export const VIRTFUSION: SubjectKind = {
  kind: virtfusion.kind,
  open,
  cannot: {
    ...NO_CLOUD,
    power: 'VirtFusion tells it only by a call to the hypervisor for each server',
    'lost-records': 'VirtFusion has no records that the API tells of',
  },
  untold: {},
  // The token, hypervisors, servers and the details of six.
  maxRequests: 9,
};

async function open(): Promise<Subject> {
  let nowMs = START_MS;
  const pass = async (): Promise<void> => {
    nowMs += MINUTE_MS;
  };
  const panel = new Panel(() => new Date(nowMs));
  await panel.start();
  for (const name of ['web', 'db', 'cache', 'mail', 'build', 'proxy']) panel.create(name);
  const placeOf = (id: number): string => panel.hypervisors.find((one) => one.id === id)?.name ?? '';
  const spoiling = (spoil: Spoil): Fault => {
    return async () => {
      panel.spoil = spoil;
      return async () => {
        panel.spoil = () => null;
      };
    };
  };
  /** Of the list of servers. */
  const listing = (change: (text: string) => ReturnType<Spoil>): Fault =>
    spoiling((path, text) => (LIST.test(path) ? change(text) : null));
  const rows = (change: (data: readonly unknown[]) => readonly unknown[], isTold: boolean): Fault =>
    listing((text) => {
      const page = JSON.parse(text) as { data: unknown[]; total: number };
      const data = change(page.data);
      return { text: JSON.stringify({ ...page, data, total: isTold ? data.length : page.total }) };
    });
  return {
    module,
    settings: {
      endpoints: [panel.url],
      tls: { fingerprint: panel.fingerprint },
      credential: { kind: 'token', tokenId: 'reader', secret: panel.token },
    },
    secrets: panel.secrets,
    actors: ['alice', 'bob', 'carol'],
    places: panel.hypervisors.map(({ name }) => name),
    clock: () => new Date(nowMs),
    pass,
    settle: pass,
    truth: async () =>
      [...panel.servers.values()].map(({ uuid, name, hypervisorId, memory }) => ({
        nativeId: uuid,
        name,
        status: 'stopped',
        place: placeOf(hypervisorId),
        memoryMiB: memory,
      })),
    hand: {
      create: async (_actor, name) => panel.create(name).uuid,
      remove: async (_actor, uuid) => {
        panel.servers.delete(panel.find(uuid).id);
      },
      recreate: async (_actor, uuid) => {
        const { id, name } = panel.find(uuid);
        panel.servers.delete(id);
        return panel.create(name).uuid;
      },
      rename: async (_actor, uuid, name) => {
        panel.find(uuid).name = name;
      },
      setPower: async () => undefined,
      setMemory: async (_actor, uuid, memoryMiB) => {
        panel.find(uuid).memory = memoryMiB;
      },
      move: async (_actor, uuid, place) => {
        panel.find(uuid).hypervisorId = panel.hypervisors.find(({ name }) => name === place)?.id ?? 1;
      },
    },
    faults: {
      'failed-listing': listing(() => ({ status: 500, text: '{"message":"Server Error"}' })),
      'short-listing': rows((data) => data.slice(1), false),
      'empty-listing': rows(() => [], true),
      'cut-listing': listing((text) => ({ text, isCut: true })),
      'duplicated-listing': rows((data) => [...data, ...data], false),
      'slow-listing': listing((text) => ({ text, delayMs: 300 })),
      'lost-rights': rows((data) => data.slice(0, 2), true),
      'other-system': async () => {
        const { created } = panel;
        panel.created = '2026-01-01T00:00:00+00:00';
        return async () => {
          panel.created = created;
        };
      },
      garbled: listing(() => ({ text: '<html><body><h1>Welcome</h1></body></html>' })),
      'failed-details': spoiling((path) =>
        DETAILS.test(path) ? { status: 403, text: '{"message":"Forbidden"}' } : null,
      ),
    },
    close: () => panel.close(),
  };
}
