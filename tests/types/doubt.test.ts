import { expect, it } from '@jest/globals';
import { doubt, isBeyondReading } from '../../src/types/doubt.ts';
import type { Presence } from '../../src/types/presence.ts';

it.each<[Presence, string | null, boolean]>([
  ['unobservable', doubt('leftover', '/etc/pve/nodes/old is not of a member of the cluster'), true],
  ['unobservable', doubt('silent', 'no report for more than 4 days'), true],
  ['unobservable', doubt('hidden', 'VM.Audit on /vms/102 is missing'), false],
  ['unobservable', doubt('held', 'three runs'), false],
  ['unobservable', 'node pve1 does not answer', false],
  ['unobservable', 'silent', false],
  ['unobservable', null, false],
  ['gone', doubt('silent', 'no report for more than 4 days'), false],
])('of a guest that is %s (%s), that no run can read more is %s', (presence, presenceReason, expected) => {
  expect(isBeyondReading({ presence, presenceReason })).toBe(expected);
});
