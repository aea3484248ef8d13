import { bigfix } from '../../../src/providers/bigfix/manifest.ts';
import { module } from '../../../src/providers/bigfix/module.ts';
import { BigfixServer, type Spoil } from './bigfix-server.ts';
import { type Fault, NO_CLOUD, type Subject, type SubjectKind } from './subject.ts';

const { throttled: _, 'wrong-clock': _clock, ...NO_PLACES } = NO_CLOUD;
const START_MS = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
const LIST = '/api/computers';
const COMPUTER = /<Computer .*<\/Computer>\n/g;

export const BIGFIX: SubjectKind = {
  kind: bigfix.kind,
  open,
  cannot: {
    ...NO_PLACES,
    power: 'BigFix tells only when a computer reported last',
    move: 'a computer is at the server that it reports to',
    'lost-records': 'BigFix has no records of changes of computers',
  },
  untold: {},
  // The login, the masthead, computers, the operator and the query.
  maxRequests: 5,
};

async function open({ seed }: { seed: number }): Promise<Subject> {
  let nowMs = START_MS;
  /** The server's clock minus ours. */
  let aheadMs = 0;
  const pass = async (): Promise<void> => {
    nowMs += MINUTE_MS;
  };
  const server = new BigfixServer(() => new Date(nowMs + aheadMs));
  // Each is a server of its own.
  server.serial = String(Number(server.serial) + seed);
  await server.start();
  for (const name of ['web', 'db', 'cache', 'mail', 'build', 'proxy']) server.create(name);
  const spoiling = (spoil: Spoil): Fault => {
    return async () => {
      server.spoil = spoil;
      return async () => {
        server.spoil = () => null;
      };
    };
  };
  const listing = (change: (text: string) => ReturnType<Spoil>): Fault =>
    spoiling((path, text) => (path === LIST ? change(text) : null));
  const rows = (change: (rows: readonly string[]) => readonly string[]): Fault =>
    listing((text) => {
      const found = text.match(COMPUTER) ?? [];
      return { text: text.replace(found.join(''), change(found).join('')) };
    });
  return {
    module,
    settings: {
      endpoints: [server.url],
      tls: { fingerprint: server.fingerprint },
      credential: { kind: 'password', user: server.user, password: server.password },
    },
    secrets: server.secrets,
    actors: ['alice', 'bob', 'carol'],
    places: [server.host],
    clock: () => new Date(nowMs),
    pass,
    settle: pass,
    truth: async () =>
      [...server.computers.values()].map(({ id, name, memory }) => ({
        nativeId: String(id),
        name,
        status: 'stopped',
        place: server.host,
        memoryMiB: memory,
      })),
    hand: {
      create: async (_actor, name) => String(server.create(name).id),
      remove: async (_actor, id) => {
        server.computers.delete(server.find(id).id);
      },
      recreate: async (_actor, id) => {
        const { name } = server.find(id);
        server.computers.delete(Number(id));
        return String(server.create(name).id);
      },
      rename: async (_actor, id, name) => {
        server.find(id).name = name;
      },
      setPower: async () => undefined,
      setMemory: async (_actor, id, memoryMiB) => {
        server.find(id).memory = memoryMiB;
      },
      move: async () => undefined,
    },
    faults: {
      'failed-listing': listing(() => ({ status: 500, text: 'Internal Server Error' })),
      throttled: listing(() => ({ status: 429, text: 'Too Many Requests' })),
      'wrong-clock': async () => {
        aheadMs = 9 * 86_400_000;
        return async () => {
          aheadMs = 0;
        };
      },
      'short-listing': rows((found) => found.slice(1)),
      'empty-listing': rows(() => []),
      'cut-listing': listing((text) => ({ text, isCut: true })),
      'duplicated-listing': rows((found) => [...found, ...found]),
      'slow-listing': listing((text) => ({ text, delayMs: 300 })),
      'lost-rights': async () => {
        const hidden = [...server.computers.values()].slice(2);
        server.isMaster = false;
        for (const computer of hidden) computer.isAssigned = false;
        return async () => {
          server.isMaster = true;
          for (const computer of hidden) computer.isAssigned = true;
        };
      },
      'other-system': async () => {
        const { serial } = server;
        server.serial = '99887766';
        return async () => {
          server.serial = serial;
        };
      },
      garbled: listing(() => ({ text: '<html><body><h1>Welcome</h1></body></html>' })),
      'failed-details': spoiling((path) => (path === '/api/query' ? { status: 500, text: 'no Web Reports' } : null)),
    },
    close: () => server.close(),
  };
}
