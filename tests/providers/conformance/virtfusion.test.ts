import { describeConformance } from './kit.ts';
import { VIRTFUSION } from './virtfusion-subject.ts';

describeConformance(VIRTFUSION);
