import type { Operation } from '../../../src/protocol/resources.ts';

/** What is under way for a provider. The sync, if there is one: a test may be open besides. */
export function operationOf(operations: readonly Operation[], providerId: string): Operation | undefined {
  const own = operations.filter((one) => one.providerId === providerId);
  return own.find(({ kind }) => kind === 'sync') ?? own[0];
}
