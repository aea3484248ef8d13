import { openProxmoxClient } from '../../src/api/proxmox-client.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';

/** A lab, and a provider that watches it, on one clock that only runs when it is told to. */
export interface FeedLab {
  lab: Lab;
  provider: ProxmoxProvider;
  clock: { now: () => Date; pass: (ms: number) => void };
  /** Paths of the calls since the last time that this was asked. */
  calls: () => string[];
  close: () => Promise<void>;
}

const START_MS = Date.UTC(2026, 10, 21, 10);

export async function openFeedLab(options: LabOptions = {}, token?: (lab: Lab) => string): Promise<FeedLab> {
  let nowMs = START_MS;
  const lab = await startLab({ nodes: 2, vms: 4, containers: 2, clock: () => nowMs, ...options });
  const [tokenId = '', secret = ''] = (token?.(lab) ?? lab.auditorToken).split('=');
  const client = openProxmoxClient({
    endpoints: [lab.url],
    tls: { ca: lab.caPem },
    credential: { kind: 'token', tokenId, secret },
    retries: 0,
    clock: () => nowMs,
  });
  return {
    lab,
    provider: new ProxmoxProvider(client, () => new Date(nowMs)),
    clock: {
      now: () => new Date(nowMs),
      pass: (ms) => {
        nowMs += ms;
      },
    },
    calls: () => lab.requests.splice(0).map(({ path }) => path.replace(/^\/api2\/json/, '').replace(/\?.*$/, '')),
    close: async () => {
      client.close();
      await lab.close();
    },
  };
}
