import type { NodeObservation } from '../../types/observation.ts';
import type { VsphereHost } from './read-hosts.ts';

type HostStates = Pick<VsphereHost, 'name' | 'moref' | 'connectionState' | 'power'>;

const WORDS = { disconnected: 'disconnected', notResponding: 'not responding' } as const;

/** A host that is off or in standby does not answer either, but that is known. */
export function hostStatus({ connectionState, power }: HostStates): NodeObservation['status'] {
  if (power === 'poweredOff' || power === 'standBy') return 'offline';
  return connectionState === 'connected' ? 'online' : 'unknown';
}

/** Why what vCenter tells of a host and its VMs is of an earlier time; null: it is of now. */
export function whyHostIsSilent(host: HostStates): string | null {
  const { connectionState, power, name, moref } = host;
  const what = `host ${name ?? moref}`;
  const status = hostStatus(host);
  if (status === 'online') return null;
  if (status === 'offline') return `${what} is ${power === 'standBy' ? 'in standby' : 'off'}`;
  if (connectionState === 'disconnected' || connectionState === 'notResponding') {
    return `${what} is ${WORDS[connectionState]}`;
  }
  return `the state of ${what} is unknown`;
}
