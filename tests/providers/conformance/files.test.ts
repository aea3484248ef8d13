import { FILES } from './files-subject.ts';
import { describeConformance } from './kit.ts';

describeConformance(FILES);
