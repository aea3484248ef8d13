import type { ShownCertificate } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import {
  type Activity,
  activity,
  type Machine,
  type MachineSize,
  type MachineStatus,
  type ManagedDisk,
  machine,
  machineSize,
  machineStatus,
  managedDisk,
  type NetworkInterface,
  networkInterface,
  type PublicAddress,
  publicAddress,
  type ScaleSet,
  type Subscription,
  scaleSet,
  subscription,
} from './answers.ts';
import { ArmApi, type ArmOptions } from './arm-api.ts';

/** Stable versions of each part of the API. */
const API = {
  subscriptions: '2022-12-01',
  compute: '2024-07-01',
  disks: '2023-10-02',
  network: '2024-05-01',
  /** Of networks of scale sets. */
  instances: '2018-10-01',
  activity: '2015-04-01',
} as const;
/** Of the activity log in one run. */
const MOST_EVENTS = 20_000;
/** What the activity log is asked for: claims tell much about people, properties may hold what was sent. */
const EVENT_FIELDS = 'eventDataId,correlationId,eventTimestamp,caller,operationName,resourceId,status,subStatus';

/** The read calls of Azure Resource Manager, decoded. All throw only AppError, in which no secret appears. */
export class ArmClient {
  readonly #api: ArmApi;

  constructor(options: ArmOptions) {
    this.#api = new ArmApi(options);
  }

  get requestCount(): number {
    return this.#api.requestCount;
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    return this.#api.clockSkewMs();
  }

  /** What the server showed last; null before the first answer. */
  serverCertificate(): ShownCertificate | null {
    return this.#api.serverCertificate();
  }

  /** Whether the login gives a token. */
  connect(signal?: AbortSignal): Promise<void> {
    return this.#api.connect(signal);
  }

  /** All that the login sees, whatever their state. */
  subscriptions(signal?: AbortSignal): Promise<readonly Subscription[]> {
    return this.#api.list(`/subscriptions?api-version=${API.subscriptions}`, subscription, signal);
  }

  machines(id: string, signal?: AbortSignal): Promise<readonly Machine[]> {
    return this.#api.list(compute(id, 'virtualMachines', API.compute), machine, signal);
  }

  /** Whether each of them runs, which the other list does not tell. */
  statuses(id: string, signal?: AbortSignal): Promise<readonly MachineStatus[]> {
    return this.#api.list(`${compute(id, 'virtualMachines', API.compute)}&statusOnly=true`, machineStatus, signal);
  }

  scaleSets(id: string, signal?: AbortSignal): Promise<readonly ScaleSet[]> {
    return this.#api.list(compute(id, 'virtualMachineScaleSets', API.compute), scaleSet, signal);
  }

  /** Of a scale set whose machines are all alike, with whether they run. */
  instances({ id }: ScaleSet, signal?: AbortSignal): Promise<readonly Machine[]> {
    const path = `${pathText(id)}/virtualMachines?$expand=instanceView&api-version=${API.compute}`;
    return this.#api.list(path, machine, signal);
  }

  instanceInterfaces({ id }: ScaleSet, signal?: AbortSignal): Promise<readonly NetworkInterface[]> {
    return this.#api.list(`${pathText(id)}/networkInterfaces?api-version=${API.instances}`, networkInterface, signal);
  }

  instanceAddresses({ id }: ScaleSet, signal?: AbortSignal): Promise<readonly PublicAddress[]> {
    return this.#api.list(`${pathText(id)}/publicIPAddresses?api-version=${API.instances}`, publicAddress, signal);
  }

  disks(id: string, signal?: AbortSignal): Promise<readonly ManagedDisk[]> {
    return this.#api.list(compute(id, 'disks', API.disks), managedDisk, signal);
  }

  networkInterfaces(id: string, signal?: AbortSignal): Promise<readonly NetworkInterface[]> {
    return this.#api.list(network(id, 'networkInterfaces'), networkInterface, signal);
  }

  publicAddresses(id: string, signal?: AbortSignal): Promise<readonly PublicAddress[]> {
    return this.#api.list(network(id, 'publicIPAddresses'), publicAddress, signal);
  }

  /** What the sizes of a location have. */
  sizes(id: string, location: string, signal?: AbortSignal): Promise<readonly MachineSize[]> {
    const path = compute(id, `locations/${encodeURIComponent(location)}/vmSizes`, API.compute);
    return this.#api.list(path, machineSize, signal);
  }

  /** By its id. null: there is none. */
  async machine(id: string, signal?: AbortSignal): Promise<Machine | null> {
    try {
      return await this.#api.get(`${pathText(id)}?api-version=${API.compute}`, machine, signal);
    } catch (error) {
      if (error instanceof AppError && error.code === 'no-endpoint') return null;
      throw error;
    }
  }

  /** What was done to resources of Compute since a time by the server's clock. Throws AppError('limit') for more than is read. */
  activities(id: string, since: Date, signal?: AbortSignal): Promise<readonly Activity[]> {
    const filter = `eventTimestamp ge '${since.toISOString()}' and resourceProvider eq 'Microsoft.Compute'`;
    const query = `$filter=${encodeURIComponent(filter)}&$select=${EVENT_FIELDS}&api-version=${API.activity}`;
    const path = `/subscriptions/${id}/providers/Microsoft.Insights/eventtypes/management/values?${query}`;
    return this.#api.list(path, activity, signal, MOST_EVENTS);
  }

  close(): void {
    this.#api.close();
  }
}

function compute(id: string, what: string, version: string): string {
  return `/subscriptions/${id}/providers/Microsoft.Compute/${what}?api-version=${version}`;
}

function network(id: string, what: string): string {
  return `/subscriptions/${id}/providers/Microsoft.Network/${what}?api-version=${API.network}`;
}

/** An id came from an answer: nothing in it may become a query or another path. */
function pathText(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/');
}
