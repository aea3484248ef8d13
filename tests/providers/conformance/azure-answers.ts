import {
  CLOUD_SECRETS,
  type CloudEvent,
  type CloudMachine,
  type CloudSet,
  type CloudSubscription,
  idOf,
  setIdOf,
} from './azure-cloud.ts';

/**
 * Rows as the vendor's published examples have them (azure-rest-api-specs: VirtualMachine_ListAll, VirtualMachineScaleSetVM_List,
 * NetworkInterfaceListAll, GetSubscriptions, GetActivityLogsFiltered), with every field of theirs that a client could trip over.
 */
export function subscriptionRow({ id, name, state }: CloudSubscription) {
  return {
    id: `/subscriptions/${id}`,
    subscriptionId: id,
    tenantId: '31c75423-32d6-4322-88b7-c478bdde4858',
    displayName: name,
    state,
    subscriptionPolicies: { locationPlacementId: 'Internal_2014-09-01', quotaId: 'Internal_2014-09-01' },
    authorizationSource: 'RoleBased',
    managedByTenants: [],
  };
}

export function machineRow(machine: CloudMachine) {
  const { vmId, name, location, memoryMiB, tags, created, instance } = machine;
  return {
    id: idOf(machine),
    name,
    type: 'Microsoft.Compute/virtualMachines',
    location,
    tags,
    zones: ['1'],
    ...(instance !== undefined && { instanceId: String(instance.number), sku: { name: sizeName(memoryMiB) } }),
    properties: {
      vmId: vmId.toUpperCase(),
      hardwareProfile: { vmSize: sizeName(memoryMiB) },
      storageProfile: {
        imageReference: { publisher: 'Canonical', offer: 'ubuntu-24_04-lts', sku: 'server', version: 'latest' },
        osDisk: {
          osType: 'Linux',
          name: `disk-${machine.number}`,
          createOption: 'FromImage',
          caching: 'ReadWrite',
          managedDisk: { id: diskId(machine), storageAccountType: 'Premium_LRS' },
        },
        dataDisks: [],
      },
      osProfile: {
        computerName: name,
        adminUsername: 'azureuser',
        adminPassword: CLOUD_SECRETS.adminPassword,
        customData: CLOUD_SECRETS.customData,
        linuxConfiguration: {
          ssh: { publicKeys: [{ path: '/home/azureuser/.ssh/authorized_keys', keyData: 'ssh-rsa' }] },
        },
        secrets: [],
      },
      networkProfile: { networkInterfaces: [{ id: interfaceId(machine), properties: { primary: true } }] },
      userData: CLOUD_SECRETS.userData,
      provisioningState: 'Succeeded',
      timeCreated: created.toISOString().replace('Z', '0000+00:00'),
      ...(instance !== undefined && { instanceView: instanceView(machine) }),
    },
    resources: [
      {
        name: 'script',
        type: 'Microsoft.Compute/virtualMachines/extensions',
        location,
        properties: { publisher: 'Microsoft.Azure.Extensions', settings: { key: CLOUD_SECRETS.extension } },
      },
    ],
  };
}

/** Of the list with `statusOnly=true`, which writes groups in capitals. */
export function statusRow(machine: CloudMachine) {
  const { name, location, vmId, group } = machine;
  return {
    id: idOf({ ...machine, group: group.toUpperCase() }),
    name,
    type: 'Microsoft.Compute/virtualMachines',
    location,
    properties: { vmId, provisioningState: 'Succeeded', instanceView: instanceView(machine) },
  };
}

function instanceView({ power }: CloudMachine) {
  return {
    statuses: [
      { code: 'ProvisioningState/succeeded', level: 'Info', displayStatus: 'Provisioning succeeded' },
      { code: `PowerState/${power}`, level: 'Info', displayStatus: `VM ${power}` },
    ],
  };
}

export function setRow(set: CloudSet) {
  return {
    id: setIdOf(set),
    name: set.name,
    type: 'Microsoft.Compute/virtualMachineScaleSets',
    location: set.location,
    sku: { name: 'Standard_D2s_v5', tier: 'Standard', capacity: 1 },
    properties: {
      orchestrationMode: set.mode,
      provisioningState: 'Succeeded',
      virtualMachineProfile: { userData: CLOUD_SECRETS.userData },
    },
  };
}

export function interfaceRow(machine: CloudMachine) {
  const { number, location } = machine;
  return {
    id: interfaceId(machine).toUpperCase(),
    name: `nic-${number}`,
    location,
    type: 'Microsoft.Network/networkInterfaces',
    properties: {
      provisioningState: 'Succeeded',
      macAddress: `00-0D-3A-1B-C7-${number.toString(16).padStart(2, '0').toUpperCase()}`,
      ipConfigurations: [
        {
          name: 'ipconfig1',
          properties: {
            privateIPAddress: `10.0.0.${number}`,
            privateIPAllocationMethod: 'Dynamic',
            publicIPAddress: { id: addressId(machine) },
            subnet: { id: `${network(machine)}/virtualNetworks/vnet1/subnets/default` },
            primary: true,
          },
        },
      ],
      virtualMachine: { id: idOf(machine) },
    },
  };
}

export function addressRow(machine: CloudMachine) {
  return {
    id: addressId(machine).toLowerCase(),
    name: `ip-${machine.number}`,
    location: machine.location,
    type: 'Microsoft.Network/publicIPAddresses',
    properties: {
      provisioningState: 'Succeeded',
      ipAddress: `203.0.113.${machine.number}`,
      publicIPAllocationMethod: 'Static',
    },
  };
}

export function diskRow(machine: CloudMachine) {
  return {
    id: diskId(machine).toUpperCase(),
    name: `disk-${machine.number}`,
    location: machine.location,
    type: 'Microsoft.Compute/disks',
    managedBy: idOf(machine),
    sku: { name: 'Premium_LRS', tier: 'Premium' },
    properties: { osType: 'Linux', diskSizeGB: 30, diskState: 'Attached', provisioningState: 'Succeeded' },
  };
}

/** A machine of the cloud may have any memory: there is a size for each. */
export function sizeRow(memoryMiB: number) {
  return {
    name: sizeName(memoryMiB),
    numberOfCores: 2,
    osDiskSizeInMB: 1_047_552,
    resourceDiskSizeInMB: 20_480,
    memoryInMB: memoryMiB,
    maxDataDiskCount: 4,
  };
}

function sizeName(memoryMiB: number): string {
  return `Standard_M${memoryMiB}`;
}

/** With what a `$select` leaves. */
export function eventRow(event: CloudEvent, fields: ReadonlySet<string> | null) {
  const { at, caller, operation, resource, status, subStatus, correlationId, id } = event;
  const whole = {
    authorization: { action: operation, scope: resource },
    caller,
    claims: { name: 'John Smith', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': caller },
    correlationId,
    eventDataId: id,
    eventName: { value: status === 'Started' ? 'BeginRequest' : 'EndRequest' },
    eventTimestamp: at.toISOString().replace('Z', '7276Z'),
    operationName: { value: operation, localizedValue: operation },
    properties: { requestbody: JSON.stringify({ osProfile: { adminPassword: CLOUD_SECRETS.adminPassword } }) },
    resourceId: resource,
    resourceProviderName: { value: operation.split('/')[0] },
    status: { value: status, localizedValue: status },
    subStatus: { value: subStatus, localizedValue: subStatus },
  };
  return Object.fromEntries(Object.entries(whole).filter(([name]) => fields === null || fields.has(name)));
}

function network({ subscription, group }: CloudMachine): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network`;
}

function interfaceId(machine: CloudMachine): string {
  const name = `networkInterfaces/nic-${machine.number}`;
  return machine.instance === undefined ? `${network(machine)}/${name}` : `${idOf(machine)}/${name}`;
}

function addressId(machine: CloudMachine): string {
  const name = `publicIPAddresses/ip-${machine.number}`;
  if (machine.instance === undefined) return `${network(machine)}/${name}`;
  return `${interfaceId(machine)}/ipConfigurations/ipconfig1/${name}`;
}

function diskId({ subscription, group, number }: CloudMachine): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/disks/disk-${number}`;
}
