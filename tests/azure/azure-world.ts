import { module } from '../../src/providers/azure/module.ts';
import type { ConnectionSettings, OpenedProvider, ProviderIo } from '../../src/providers/manifest.ts';
import type { DiscoverOptions } from '../../src/providers/provider.ts';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import { Cloud, type CloudSubscription } from '../providers/conformance/azure-cloud.ts';
import { AzureLab } from '../providers/conformance/azure-lab.ts';
import { CLIENT, TENANT } from '../providers/conformance/azure-login.ts';

export const NOW = new Date('2026-11-21T10:00:00.000Z');

/** A cloud with a subscription, its lab, and connections to it that are closed with it. */
export class AzureWorld {
  readonly cloud: Cloud;
  readonly lab: AzureLab;
  readonly first: CloudSubscription;
  /** As the platform and the program have it. */
  now = NOW;
  readonly #opened: OpenedProvider[] = [];

  constructor() {
    this.cloud = new Cloud(() => this.now);
    this.lab = new AzureLab(this.cloud, () => this.now);
    this.first = this.cloud.addSubscription('Production');
  }

  static async start(): Promise<AzureWorld> {
    const world = new AzureWorld();
    await world.lab.start();
    return world;
  }

  connect(settings: Partial<ConnectionSettings> = {}, io: Partial<ProviderIo> = {}): OpenedProvider {
    const provider = module.open(
      {
        endpoints: [`${this.lab.url}/subscriptions`],
        tls: { fingerprint: this.lab.fingerprint },
        credential: { kind: 'login', login: `secret:${TENANT}/${CLIENT}`, secret: this.lab.login.clientSecret },
        ...settings,
      },
      {
        signal: new AbortController().signal,
        clock: () => this.now,
        onWarning: () => undefined,
        trustCommand: undefined,
        ...io,
      },
    );
    this.#opened.push(provider);
    return provider;
  }

  discover(provider = this.connect(), options: Partial<DiscoverOptions> = {}): Promise<Observation> {
    return provider.discover({ scopes: ['vms', 'nodes'], maskKey: null, knownTasks: new Map(), ...options });
  }

  async close(): Promise<void> {
    for (const provider of this.#opened) provider.close();
    await this.lab.close();
  }
}

export function guestNamed(seen: Observation, name: string): GuestObservation {
  const found = seen.guests.find(({ document }) => document['name'] === name);
  if (found === undefined) throw new Error(`${name} was not seen`);
  return found;
}

export function scopeOf(seen: Observation, scope: string): Observation['scopes'][number] | undefined {
  return seen.scopes.find((one) => one.scope === scope);
}
