import { AZURE } from './azure-subject.ts';
import { describeConformance } from './kit.ts';

describeConformance(AZURE);
