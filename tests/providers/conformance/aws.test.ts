import { AWS } from './aws-subject.ts';
import { describeConformance } from './kit.ts';

describeConformance(AWS);
