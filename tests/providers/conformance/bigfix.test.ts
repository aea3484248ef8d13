import { BIGFIX } from './bigfix-subject.ts';
import { describeConformance } from './kit.ts';

describeConformance(BIGFIX);
