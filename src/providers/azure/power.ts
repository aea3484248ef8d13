/** What the statuses of an instance view say. https://learn.microsoft.com/azure/virtual-machines/states-billing */
export interface Power {
  /** null: it is on its way to another one, or not told. */
  status: 'running' | 'stopped' | 'suspended' | null;
  /** Azure's own word: `deallocated` costs nothing, `stopped` does. null: not told. */
  word: string | null;
}

const STATUS: Readonly<Record<string, Power['status']>> = {
  running: 'running',
  stopped: 'stopped',
  deallocated: 'stopped',
};
/** A machine that is on its way may have been sent there before it was seen so. */
const ON_ITS_WAY = new Set(['starting', 'stopping', 'deallocating', 'creating', 'updating']);
const PREFIX = 'powerstate/';
const HIBERNATED = 'hibernationstate/hibernated';

/** Of `PowerState/running`, `ProvisioningState/succeeded`, …, which are told in any order. */
export function powerOf(statuses: readonly string[] | null): Power {
  const codes = (statuses ?? []).map((code) => code.toLowerCase());
  const word = codes.find((code) => code.startsWith(PREFIX))?.slice(PREFIX.length) || null;
  if (word === null) return { status: null, word: null };
  const status = STATUS[word] ?? null;
  return { status: status === 'stopped' && codes.includes(HIBERNATED) ? 'suspended' : status, word };
}

export function isOnItsWay(word: unknown): boolean {
  return typeof word === 'string' && ON_ITS_WAY.has(word);
}
