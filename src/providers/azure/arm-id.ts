/**
 * The ids of Azure Resource Manager: `/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/virtualMachines/web`. Their case
 * varies from answer to answer, so that they are compared in lower case.
 */
export function armKey(id: string): string {
  return id.toLowerCase();
}

/** `web` of an id; empty for an empty one. */
export function lastOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** What follows a word of an id: of `resourcegroups` the name of its group, in lower case. null: it has none. */
export function partOf(id: string, word: string): string | null {
  const parts = armKey(id).split('/');
  const at = parts.indexOf(word.toLowerCase());
  return (at === -1 ? undefined : parts[at + 1]) || null;
}

const MACHINE =
  /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.compute\/(?:virtualmachines\/[^/]+|virtualmachinescalesets\/[^/]+\/virtualmachines\/[^/]+)$/;

/** Of a virtual machine, or of an instance of a scale set. */
export function isMachineKey(key: string): boolean {
  return MACHINE.test(key);
}

export function isInstanceKey(key: string): boolean {
  return key.includes('/virtualmachinescalesets/');
}
