import { byTime } from '../../../src/cli/changes/change-record.ts';
import type { ChangeRecord } from '../../../src/types/change-record.ts';

/** What happened, from changes as the server lists them: newest revision first. Values that only became known are left out. */
export function newestFirst(records: readonly ChangeRecord[]): ChangeRecord[] {
  return byTime(records.filter(({ event }) => event !== 'observed').toReversed()).toReversed();
}
