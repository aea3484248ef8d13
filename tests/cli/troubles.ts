import { expect } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { Door } from '../helpers/door.ts';
import { type Fleet, GUESTS, MINUTE_MS, type Name } from './fleet.ts';

type Heal = () => void | Promise<void>;

/** One of the three clusters fails in a way of its own. */
export interface Trouble {
  what: string;
  victim: Name;
  /** Returns what undoes it. */
  start: (victim: { lab: Lab; door: Door }, fleet: Fleet) => Heal | Promise<Heal>;
  options?: string;
  env?: Record<string, string | undefined>;
  status: number;
  /** Of the victim's result. */
  result: object;
  /** Whether the victim's change is seen all the same. */
  isSeen?: true;
}

export function failed(code: string, message: string) {
  return { success: false, outcome: 'failed', error: { code, message: expect.stringContaining(message) } };
}

/** Nothing of it could be listed, and everything stays as it was. */
function unseen(coverage: string) {
  return {
    outcome: 'partial',
    summary: { total: GUESTS, removed: 0, changed: 0, existing: GUESTS },
    removedHosts: [],
    scopes: expect.arrayContaining([expect.objectContaining({ scope: 'guests', coverage })]),
  };
}

/** What is on the second node cannot be seen. */
function halfSeen(message: string) {
  const scope = { scope: 'guests/pve2', coverage: 'unreachable', message: expect.stringContaining(message) };
  return {
    success: false,
    outcome: 'partial',
    summary: { total: GUESTS, removed: 0, changed: 1, existing: GUESTS - 1 },
    removedHosts: [],
    scopes: expect.arrayContaining([expect.objectContaining(scope)]),
  };
}

export const TROUBLES: readonly Trouble[] = [
  {
    what: 'its address refuses connections',
    victim: 'east',
    start: async ({ door }) => {
      await door.shut();
      return () => door.reopen();
    },
    status: EXIT.unreachable,
    result: failed('unreachable', 'ECONNREFUSED'),
  },
  {
    what: 'connections to it hang',
    victim: 'north',
    start: ({ door, lab }) => {
      door.leadTo(null);
      return () => door.leadTo(lab.url);
    },
    options: '--timeout 8s',
    status: EXIT.unreachable,
    result: failed('timeout', '8 s'),
  },
  {
    what: 'it shows a certificate of an unknown authority',
    victim: 'west',
    start: ({ door, lab }, { stranger }) => {
      stranger.clearRequests();
      door.leadTo(stranger.url);
      return () => {
        expect(stranger.requests).toEqual([]);
        door.leadTo(lab.url);
      };
    },
    status: EXIT.unreachable,
    result: failed('certificate', 'unknown authority'),
  },
  {
    what: 'it shows the certificate of another cluster than the pinned one',
    victim: 'north',
    start: ({ door, lab }, { labs }) => {
      door.leadTo(labs.west.url);
      labs.west.clearRequests();
      return () => {
        expect(labs.west.requests.filter(({ status }) => status === 401)).toEqual([]);
        door.leadTo(lab.url);
      };
    },
    status: EXIT.unreachable,
    result: failed('certificate', 'fingerprint'),
  },
  {
    what: 'it answers as another of the three, with a certificate that is trusted and a password that fits',
    victim: 'east',
    start: ({ door, lab }, { labs }) => {
      door.leadTo(labs.north.url);
      return () => door.leadTo(lab.url);
    },
    status: EXIT.failed,
    result: failed('wrong-cluster', 'another root CA'),
  },
  {
    what: 'it answers as another of the three, which does not tell its CA',
    victim: 'east',
    start: ({ door, lab }, { labs }) => {
      const remove = labs.west.faults.add({ match: /certificates/, effect: { kind: 'status', status: 500 } });
      door.leadTo(labs.west.url);
      return () => {
        remove();
        door.leadTo(lab.url);
      };
    },
    status: EXIT.failed,
    result: failed('server', '/certificates/info'),
  },
  {
    what: 'its credential is refused',
    victim: 'west',
    start: () => () => undefined,
    env: { WEST: '00000000-0000-0000-0000-000000000000' },
    status: EXIT.denied,
    result: failed('unauthenticated', '401'),
  },
  {
    what: 'its credential is not there',
    victim: 'north',
    start: () => () => undefined,
    env: { NORTH: undefined },
    status: EXIT.usage,
    result: failed('configuration', 'NORTH'),
  },
  {
    what: 'everything is forbidden',
    victim: 'east',
    start: ({ lab }) => lab.faults.add({ match: /^GET/, effect: { kind: 'status', status: 403, reason: 'Forbidden' } }),
    status: EXIT.partial,
    result: unseen('filtered'),
  },
  {
    what: 'it answers with internal errors',
    victim: 'north',
    start: ({ lab }) => lab.faults.add({ match: /./, effect: { kind: 'status', status: 500, reason: 'oops' } }),
    status: EXIT.partial,
    result: unseen('error'),
  },
  {
    what: 'its JSON is malformed',
    victim: 'west',
    start: ({ lab }) => lab.faults.add({ match: /./, effect: { kind: 'body', body: '{"data":[{"vmid":100,' } }),
    status: EXIT.failed,
    result: failed('malformed', 'ends early'),
  },
  {
    what: 'a proxy in front of it answers with HTML',
    victim: 'north',
    start: ({ lab }) => lab.faults.add({ match: /./, effect: { kind: 'html' } }),
    status: EXIT.failed,
    result: failed('malformed', 'no JSON'),
  },
  {
    what: 'its answers are cut in the middle',
    victim: 'west',
    start: ({ lab }) => lab.faults.add({ match: /./, effect: { kind: 'cut' } }),
    status: EXIT.failed,
    result: failed('malformed', 'cut off'),
  },
  {
    what: 'one of its nodes is off',
    victim: 'east',
    start: ({ lab }) => {
      lab.node('pve2').powerOff();
      return () => lab.node('pve2').powerOn();
    },
    status: EXIT.partial,
    result: halfSeen('node pve2 is offline'),
    isSeen: true,
  },
  {
    what: 'one of its nodes is frozen',
    victim: 'west',
    start: ({ lab }) => {
      lab.node('pve2').freeze();
      return () => lab.node('pve2').thaw();
    },
    status: EXIT.partial,
    result: halfSeen('Connection timed out (596)'),
    isSeen: true,
  },
  {
    what: 'it has no quorum',
    victim: 'north',
    start: ({ lab }) => {
      lab.quorum(false);
      return () => lab.quorum(true);
    },
    status: EXIT.partial,
    result: halfSeen('the cluster has no quorum'),
    isSeen: true,
  },
  {
    what: 'its listings are empty',
    victim: 'east',
    start: ({ lab }) => lab.faults.add({ match: /resources|\/(qemu|lxc)(\?|$)/, effect: { kind: 'empty-list' } }),
    status: EXIT.partial,
    result: { outcome: 'partial', summary: { removed: 0, existing: GUESTS }, removedHosts: [] },
  },
  {
    what: 'someone else holds its lease',
    victim: 'west',
    start: async (_, fleet) => {
      // By both clocks: PostgreSQL goes by its own.
      const until = new Date(Math.max(fleet.world.clock.now().getTime(), Date.now()) + 60 * MINUTE_MS);
      await fleet.setLease('west', {
        leaseHolder: '1@elsewhere',
        leaseSince: fleet.world.clock.now(),
        leaseUntil: until,
      });
      return () => fleet.setLease('west', { leaseHolder: null, leaseSince: null, leaseUntil: null });
    },
    status: EXIT.failed,
    result: failed('locked', '1@elsewhere'),
  },
];
