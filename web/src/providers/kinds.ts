import { aws } from '../../../src/providers/aws/manifest.ts';
import { azure } from '../../../src/providers/azure/manifest.ts';
import { bigfix } from '../../../src/providers/bigfix/manifest.ts';
import { gcp } from '../../../src/providers/gcp/manifest.ts';
import type { Manifest } from '../../../src/providers/manifest.ts';
import { proxmox } from '../../../src/providers/proxmox/manifest.ts';
import { virtfusion } from '../../../src/providers/virtfusion/manifest.ts';
import { vsphere } from '../../../src/providers/vsphere/manifest.ts';

export interface Kind {
  manifest: Manifest;
  title: string;
}

/** What can be added, in the words that people know it by. */
export const KINDS: readonly [Kind, ...Kind[]] = [
  { manifest: proxmox, title: 'Proxmox VE' },
  { manifest: vsphere, title: 'VMware vSphere' },
  { manifest: gcp, title: 'Google Cloud' },
  { manifest: virtfusion, title: 'VirtFusion' },
  { manifest: bigfix, title: 'BigFix' },
  { manifest: azure, title: 'Microsoft Azure' },
  { manifest: aws, title: 'AWS' },
];

export function kindOf(type: string): Kind {
  return KINDS.find(({ manifest }) => manifest.kind === type) ?? KINDS[0];
}
