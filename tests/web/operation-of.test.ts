import { expect, it } from '@jest/globals';
import { operationOf } from '../../web/src/sync/operation-of.ts';
import { operation } from '../client/states.ts';

it('shows the sync of a provider before its test', () => {
  const test = operation('o1', { kind: 'test' });
  const sync = operation('o2');
  const other = operation('o3', { providerId: 'p2' });

  expect(operationOf([other, test, sync], 'p1')).toBe(sync);
  expect(operationOf([other, test], 'p1')).toBe(test);
  expect(operationOf([other], 'p1')).toBeUndefined();
});
