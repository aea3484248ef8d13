import { azure } from '../../../src/providers/azure/manifest.ts';
import { module, openAzure } from '../../../src/providers/azure/module.ts';
import { CLOUD_SECRETS, Cloud, type CloudMachine } from './azure-cloud.ts';
import { azureFaults } from './azure-faults.ts';
import { AzureLab } from './azure-lab.ts';
import { CLIENT, TENANT } from './azure-login.ts';
import type { Subject, SubjectKind } from './subject.ts';

const START_MS = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
/** Of each of two subscriptions, with pages of two: machines, whether they run, disks, interfaces and addresses. */
const PAGES = 5 * 2;
const SETS_AND_LOG = 2;
/** The token, the subscriptions and the sizes of one location. */
const ONCE = 3;

export const AZURE: SubjectKind = {
  kind: azure.kind,
  open,
  cannot: { rename: 'the name of a virtual machine is a part of its id' },
  untold: {},
  maxRequests: ONCE + 2 * (PAGES + SETS_AND_LOG),
};

async function open(): Promise<Subject> {
  let nowMs = START_MS;
  let skewMs = 0;
  const pass = async (): Promise<void> => {
    nowMs += MINUTE_MS;
  };
  const platformNow = (): Date => new Date(nowMs + skewMs);
  const cloud = new Cloud(platformNow);
  const lab = new AzureLab(cloud, platformNow);
  await lab.start();
  const [one, two] = [cloud.addSubscription('Production'), cloud.addSubscription('Test')];
  for (const name of ['web', 'db', 'cache']) cloud.add(name, { subscription: one.id });
  for (const name of ['mail', 'build', 'proxy']) cloud.add(name, { subscription: two.id, location: 'West Europe' });
  const { clientSecret } = lab.login;
  return {
    // What fails is repeated as in the program, and without its waits.
    module: { ...module, open: (settings, io) => openAzure(settings, io, { retryBaseMs: 5 }) },
    settings: {
      endpoints: [`${lab.url}/subscriptions`],
      tls: { fingerprint: lab.fingerprint },
      credential: { kind: 'login', login: `secret:${TENANT}/${CLIENT}`, secret: clientSecret },
    },
    secrets: [clientSecret, 'eyJ0eXAiOiJKV1Qi', ...Object.values(CLOUD_SECRETS)],
    actors: ['alice@example.com', 'bob@example.com', '2468adf0-8211-44e3-95a1-85137af64708'],
    places: [one, two].map(({ id }) => `${id}/westeurope`),
    clock: () => new Date(nowMs),
    pass,
    settle: pass,
    truth: async () => [...cloud.machines.values()].map(truthOf),
    hand: {
      create: async (actor, name) => cloud.create(actor, name, { subscription: one.id }).vmId,
      remove: async (actor, id) => cloud.remove(actor, id),
      recreate: async (actor, id) => {
        const { name, subscription, location, group } = cloud.get(id);
        cloud.remove(actor, id);
        return cloud.create(actor, name, { subscription, location, group }).vmId;
      },
      rename: async () => undefined,
      setPower: async (actor, id, status) =>
        cloud.setPower(actor, id, status === 'running' ? 'running' : 'deallocated'),
      setMemory: async (actor, id, memoryMiB) => cloud.resize(actor, id, memoryMiB),
      move: async (_actor, id, place) => cloud.move(id, place.split('/')[0] ?? ''),
    },
    faults: azureFaults({
      lab,
      cloud,
      setSkew: (ms) => {
        skewMs = ms;
      },
    }),
    close: () => lab.close(),
  };
}

function truthOf({ vmId, name, power, subscription, location, memoryMiB }: CloudMachine) {
  return {
    nativeId: vmId,
    name,
    status: power === 'running' ? ('running' as const) : ('stopped' as const),
    place: `${subscription}/${location.toLowerCase().replaceAll(' ', '')}`,
    memoryMiB,
  };
}
