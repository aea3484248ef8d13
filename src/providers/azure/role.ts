/** The least that a run needs; Reader has it, and much more. */
const ACTIONS = [
  'Microsoft.Resources/subscriptions/read',
  'Microsoft.Compute/virtualMachines/read',
  'Microsoft.Compute/virtualMachines/instanceView/read',
  'Microsoft.Compute/virtualMachineScaleSets/read',
  'Microsoft.Compute/virtualMachineScaleSets/networkInterfaces/read',
  'Microsoft.Compute/virtualMachineScaleSets/publicIPAddresses/read',
  'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read',
  'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read',
  'Microsoft.Compute/disks/read',
  'Microsoft.Compute/locations/vmSizes/read',
  'Microsoft.Network/networkInterfaces/read',
  'Microsoft.Network/publicIPAddresses/read',
  'Microsoft.Insights/eventtypes/values/read',
] as const;

/** What makes a role of its own for that, on these subscriptions, as a command. */
export function roleCommand(ids: readonly string[]): string {
  const role = {
    Name: 'Rollcall reader',
    Description: 'Reads virtual machines, their networks and disks, and the activity log',
    Actions: ACTIONS,
    AssignableScopes: ids.map((id) => `/subscriptions/${id}`),
  };
  return `az role definition create --role-definition '${JSON.stringify(role)}'`;
}
