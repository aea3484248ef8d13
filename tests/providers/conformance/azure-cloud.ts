import { randomUUID } from 'node:crypto';

export interface CloudMachine {
  vmId: string;
  name: string;
  subscription: string;
  location: string;
  group: string;
  memoryMiB: number;
  power: 'running' | 'stopped' | 'deallocated';
  tags: Record<string, string>;
  created: Date;
  /** Of an instance of a scale set. */
  instance?: { set: string; number: number };
  /** The number by which its network and disks are named. */
  number: number;
}

export interface CloudEvent {
  at: Date;
  caller: string;
  operation: string;
  resource: string;
  status: 'Started' | 'Accepted' | 'Succeeded' | 'Failed';
  subStatus: string;
  correlationId: string;
  id: string;
}

export interface CloudSubscription {
  id: string;
  name: string;
  state: string;
}

export interface CloudSet {
  subscription: string;
  group: string;
  name: string;
  location: string;
  mode: 'Uniform' | 'Flexible';
}

/** What stands in the answers besides, and must not get further. */
export const CLOUD_SECRETS = {
  tag: 'the-password-in-a-tag',
  customData: 'I2Nsb3VkLWNvbmZpZyBwYXNzd29yZDogaHVudGVyMg==',
  userData: 'dGhlLXVzZXItZGF0YS1vZi1henVyZQ==',
  adminPassword: 'the-admin-password-of-azure',
  extension: 'the-key-in-the-settings-of-an-extension',
};

const COMPUTE = 'Microsoft.Compute';

/** Subscriptions with machines, and the log of what was done to them. Actors are named as Azure names callers. */
export class Cloud {
  readonly subscriptions: CloudSubscription[] = [];
  readonly machines = new Map<string, CloudMachine>();
  readonly sets: CloudSet[] = [];
  readonly events: CloudEvent[] = [];
  readonly #now: () => Date;
  #last = 0;

  /** `now`: by the clock of the platform. */
  constructor(now: () => Date) {
    this.#now = now;
  }

  addSubscription(name: string): CloudSubscription {
    const made = { id: randomUUID(), name, state: 'Enabled' };
    this.subscriptions.push(made);
    return made;
  }

  /** Without a record: it was there before anybody looked. */
  add(name: string, part: Partial<CloudMachine> & Pick<CloudMachine, 'subscription'>): CloudMachine {
    const number = ++this.#last;
    const made: CloudMachine = {
      vmId: randomUUID(),
      name,
      location: 'westeurope',
      group: `rg-${number}`,
      memoryMiB: 1024,
      power: 'deallocated',
      tags: { env: 'test', 'db-password': CLOUD_SECRETS.tag },
      created: this.#now(),
      number,
      ...part,
    };
    this.machines.set(made.vmId, made);
    return made;
  }

  get(vmId: string): CloudMachine {
    const found = this.machines.get(vmId);
    if (found === undefined) throw new Error(`there is no machine ${vmId}`);
    return found;
  }

  create(caller: string, name: string, part: Partial<CloudMachine> & Pick<CloudMachine, 'subscription'>): CloudMachine {
    const made = this.add(name, part);
    this.record(caller, made, 'write', 'Created');
    return made;
  }

  remove(caller: string, vmId: string): void {
    const machine = this.get(vmId);
    this.machines.delete(vmId);
    this.record(caller, machine, 'delete');
  }

  setPower(caller: string, vmId: string, power: CloudMachine['power']): void {
    this.get(vmId).power = power;
    const operations = { running: 'start/action', stopped: 'powerOff/action', deallocated: 'deallocate/action' };
    this.record(caller, this.get(vmId), operations[power]);
  }

  resize(caller: string, vmId: string, memoryMiB: number): void {
    this.get(vmId).memoryMiB = memoryMiB;
    this.record(caller, this.get(vmId), 'write', 'OK');
  }

  /** To another subscription: it gets another id in the API, and what moved it is not in the log of Compute. */
  move(vmId: string, subscription: string): void {
    this.get(vmId).subscription = subscription;
  }

  /** All entries of one operation. */
  record(caller: string, machine: CloudMachine, operation: string, subStatus = 'Accepted'): void {
    const correlationId = randomUUID();
    const type = machine.instance === undefined ? 'virtualMachines' : 'virtualMachineScaleSets/virtualMachines';
    const common = {
      at: this.#now(),
      caller,
      operation: `${COMPUTE}/${type}/${operation}`,
      resource: idOf(machine),
      correlationId,
    };
    this.events.push(
      { ...common, status: 'Started', subStatus, id: randomUUID() },
      { ...common, status: 'Accepted', subStatus, id: randomUUID() },
      { ...common, status: 'Succeeded', subStatus: '', id: randomUUID() },
    );
  }
}

export function idOf({ subscription, group, name, instance }: CloudMachine): string {
  const within = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${COMPUTE}`;
  if (instance === undefined) return `${within}/virtualMachines/${name}`;
  return `${within}/virtualMachineScaleSets/${instance.set}/virtualMachines/${instance.number}`;
}

export function setIdOf({ subscription, group, name }: CloudSet): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${COMPUTE}/virtualMachineScaleSets/${name}`;
}
