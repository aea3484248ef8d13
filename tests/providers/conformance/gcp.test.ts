import { GCP } from './gcp-subject.ts';
import { describeConformance } from './kit.ts';

describeConformance(GCP);
