import { describeConformance } from './kit.ts';
import { PROXMOX } from './proxmox-subject.ts';

describeConformance(PROXMOX);
