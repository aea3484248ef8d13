export type Release = '7.4' | '8.4' | '9.2';

/** In order of time. */
const ORDER: readonly Release[] = ['7.4', '8.4', '9.2'];

export function isAtLeast(release: Release, other: Release): boolean {
  return ORDER.indexOf(release) >= ORDER.indexOf(other);
}

interface ReleaseFacts {
  version: string;
  repoid: string;
  kernel: string;
  qemu: string;
  /** The error text is also in the body since pve-http-server of 2025-01. */
  hasMessageInBody: boolean;
  /** `memory` of a VM became a property string in 8.1. */
  hasMemoryString: boolean;
  hasPressure: boolean;
  /** Type of the rows of /cluster/resources that stand for networks. */
  networkRows: 'none' | 'sdn' | 'network';
}

export const RELEASES: Readonly<Record<Release, ReleaseFacts>> = {
  '7.4': {
    version: '7.4-19',
    repoid: 'f98bf8d4',
    kernel: '5.15.158-2-pve',
    qemu: '7.2.10',
    hasMessageInBody: false,
    hasMemoryString: false,
    hasPressure: false,
    networkRows: 'none',
  },
  '8.4': {
    version: '8.4.21',
    repoid: '2606ac850d46da29',
    kernel: '6.8.12-16-pve',
    qemu: '9.2.0',
    hasMessageInBody: true,
    hasMemoryString: true,
    hasPressure: false,
    networkRows: 'sdn',
  },
  '9.2': {
    version: '9.2.11',
    repoid: '14a22df35955d97d',
    kernel: '6.17.4-1-pve',
    qemu: '10.1.2',
    hasMessageInBody: true,
    hasMemoryString: true,
    hasPressure: true,
    networkRows: 'network',
  },
};
