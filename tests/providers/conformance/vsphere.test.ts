import { describeVsphere } from '../../helpers/vcsim.ts';
import { describeConformance } from './kit.ts';
import { VSPHERE } from './vsphere-subject.ts';

describeVsphere('vSphere', () => describeConformance(VSPHERE));
