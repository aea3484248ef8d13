import { gcp } from '../../../src/providers/gcp/manifest.ts';
import { module } from '../../../src/providers/gcp/module.ts';
import { Cloud, type CloudInstance, memoryOf, type Spoil } from './gcp-cloud.ts';
import type { Fault, Subject, SubjectKind } from './subject.ts';

const START_MS = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
const LIST = /\/aggregated\/instances\?/;
const TOO_MANY = '{"error":{"code":429,"message":"Rate Limit Exceeded","errors":[{"reason":"rateLimitExceeded"}]}}';
const FORBIDDEN = '{"error":{"code":403,"message":"Required permission","errors":[{"reason":"forbidden"}]}}';
const FAILED = {
  status: 503,
  text: '{"error":{"code":503,"message":"backendError"}}',
  headers: { 'retry-after': '0' },
};
const ENDED =
  '{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}';

export const GCP: SubjectKind = {
  kind: gcp.kind,
  open,
  cannot: { move: 'an instance stays in its zone' },
  untold: {},
  // Two folders with their projects, two projects, four pages of instances, a type of machine and two logs.
  maxRequests: 13,
};

/** A page of an aggregated list, with the instances of each zone changed. */
function changed(text: string, change: (rows: readonly unknown[]) => readonly unknown[]): string {
  const page = JSON.parse(text) as { items: Record<string, { instances?: unknown[] }> };
  const items = Object.entries(page.items).map(([zone, told]) => [
    zone,
    told.instances === undefined ? told : { instances: change(told.instances) },
  ]);
  return JSON.stringify({ ...page, items: Object.fromEntries(items) as unknown });
}

/** What leads to the next page leads past it. */
function pastNext(text: string, { pageSize, rows }: { pageSize: number; rows: number }): string {
  const page = JSON.parse(text) as { nextPageToken?: string };
  if (page.nextPageToken === undefined) return text;
  const next = Number(page.nextPageToken) + pageSize;
  return JSON.stringify({ ...page, nextPageToken: next < rows ? String(next) : undefined });
}

function withoutZone(text: string, zone: string): string {
  const page = JSON.parse(text) as { items: object };
  const warning = { code: 'UNREACHABLE', message: `The scope ${zone} is unreachable.` };
  return JSON.stringify({ ...page, items: { ...page.items, [zone]: { warning } }, unreachables: [zone] });
}

async function open({ seed }: { seed: number }): Promise<Subject> {
  let nowMs = START_MS;
  const pass = async (): Promise<void> => {
    nowMs += MINUTE_MS;
  };
  const clock = (): Date => new Date(nowMs);
  const cloud = new Cloud(clock);
  // Each is a cloud of its own.
  for (const [name, number] of cloud.projects) cloud.projects.set(name, String(Number(number) + seed));
  await cloud.start();
  const zones = ['us-central1-a', 'us-central1-a', 'europe-west1-b'];
  for (const [index, name] of ['web', 'db', 'cache', 'mail', 'build', 'proxy'].entries()) {
    const project = index < 4 ? 'shop-prod' : 'shop-test';
    cloud.create('root@example.com', name, { project, zone: zones[index % 3] ?? '' });
  }
  const spoiling = (spoil: () => Spoil): Fault => {
    return async () => {
      cloud.spoil = spoil();
      return async () => {
        cloud.spoil = () => null;
      };
    };
  };
  const always = (spoil: Spoil): Fault => spoiling(() => spoil);
  const listing = (change: (text: string, target: string) => ReturnType<Spoil>): Fault =>
    always((target, text) => (LIST.test(target) ? change(text, target) : null));
  const rowsOf = (target: string): number => {
    const project = /projects\/([^/]+)\//.exec(target)?.[1];
    return [...cloud.instances.values()].filter((one) => one.project === project).length;
  };
  const act = (actor: string, id: string, method: string, request?: object): CloudInstance => {
    const found = cloud.find(id);
    cloud.log(actor, found, method, request);
    return found;
  };
  return {
    module,
    settings: {
      endpoints: [`${cloud.url}/folders/1`],
      tls: { fingerprint: cloud.fingerprint },
      credential: { kind: 'login', login: 'token', secret: cloud.token },
    },
    secrets: cloud.secrets,
    actors: ['alice@example.com', 'bob@example.com', 'carol@example.com'],
    places: ['shop-prod/us-central1-a', 'shop-prod/europe-west1-b'],
    clock,
    pass,
    settle: async () => {
      nowMs += 3_000;
    },
    truth: async () =>
      [...cloud.instances.values()].map(({ id, name, project, zone, status, machineType }) => ({
        nativeId: id,
        name,
        status: status === 'RUNNING' ? 'running' : 'stopped',
        place: `${project}/${zone}`,
        memoryMiB: memoryOf(machineType),
      })),
    hand: {
      create: async (actor, name) => cloud.create(actor, name).id,
      remove: async (actor, id) => {
        act(actor, id, 'v1.compute.instances.delete');
        cloud.instances.delete(id);
      },
      recreate: async (actor, id) => {
        const { name, project, zone } = act(actor, id, 'v1.compute.instances.delete');
        cloud.instances.delete(id);
        return cloud.create(actor, name, { project, zone }).id;
      },
      rename: async (actor, id, name) => {
        act(actor, id, 'v1.compute.instances.setName', { name }).name = name;
      },
      setPower: async (actor, id, status) => {
        const [method, now] =
          status === 'running' ? (['start', 'RUNNING'] as const) : (['stop', 'TERMINATED'] as const);
        act(actor, id, `v1.compute.instances.${method}`).status = now;
      },
      setMemory: async (actor, id, memoryMiB) => {
        const machineType = `n1-custom-2-${memoryMiB}`;
        const { zone } = cloud.find(id);
        const request = { machineType: `zones/${zone}/machineTypes/${machineType}` };
        act(actor, id, 'v1.compute.instances.setMachineType', request).machineType = machineType;
      },
      move: async () => undefined,
    },
    faults: {
      'failed-listing': listing(() => FAILED),
      'short-listing': listing((text, target) => {
        if (target.includes('pageToken')) return null;
        let isFirst = true;
        const withoutFirst = (rows: readonly unknown[]): readonly unknown[] => {
          const rest = isFirst ? rows.slice(1) : rows;
          isFirst = false;
          return rest;
        };
        return { text: changed(text, withoutFirst) };
      }),
      'empty-listing': listing((text) => {
        const { nextPageToken: _, ...page } = JSON.parse(changed(text, () => [])) as { nextPageToken?: string };
        return { text: JSON.stringify(page) };
      }),
      'cut-listing': listing((text) => ({ text, isCut: true })),
      'duplicated-listing': listing((text) => ({ text: changed(text, (rows) => [...rows, ...rows]) })),
      'slow-listing': listing((text) => ({ text, delayMs: 200 })),
      'lost-rights': always((target) =>
        target.includes('/shop-test/aggregated') ? { status: 403, text: FORBIDDEN } : null,
      ),
      'other-system': async () => {
        const before = [...cloud.projects];
        for (const [name, number] of before) cloud.projects.set(name, String(Number(number) + 7_000));
        return async () => {
          for (const [name, number] of before) cloud.projects.set(name, number);
        };
      },
      garbled: listing(() => ({ text: '<html><body><h1>Sign in</h1></body></html>' })),
      'failed-details': always((target) =>
        target.includes('/machineTypes/') ? { status: 403, text: FORBIDDEN } : null,
      ),
      'lost-records': always((target) => (target.startsWith('/v2/entries') ? FAILED : null)),
      'partial-places': listing((text) => ({ text: withoutZone(text, 'zones/us-central1-a') })),
      'missing-page': listing((text, target) => ({
        text: pastNext(text, { pageSize: cloud.pageSize, rows: rowsOf(target) }),
      })),
      throttled: listing((text, target) =>
        target.includes('pageToken') ? { status: 403, text: TOO_MANY, headers: { 'retry-after': '0' } } : { text },
      ),
      'expired-credential': spoiling(() => {
        let calls = 0;
        return () => ((calls += 1) > 7 ? { status: 401, text: ENDED } : null);
      }),
      'lost-area': always((target, text) => {
        if (!target.startsWith('/v3/projects')) return null;
        const { projects } = JSON.parse(text) as { projects: { projectId: string }[] };
        return { text: JSON.stringify({ projects: projects.filter(({ projectId }) => projectId !== 'shop-test') }) };
      }),
      'wrong-clock': async () => {
        cloud.skewMs = 3_600_000;
        return async () => {
          cloud.skewMs = 0;
        };
      },
    },
    close: () => cloud.close(),
  };
}
