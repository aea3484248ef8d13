import { AppError } from '../../types/errors.ts';

/** Source: pve-guest-common src/PVE/AbstractConfig.pm, pve-snapshot-name; pve-common src/PVE/JSONSchema.pm, pve-configid. */
const NAME = /^[a-z][a-z0-9_-]{1,39}$/i;

export interface SnapshotName {
  name: string;
  /** A wildcard for the snapshots that the same name makes at other times; null: it has no time in it. */
  series: string | null;
}

/** Fills `{date}` and `{time}` in, by UTC. Throws AppError('usage') for a name that a snapshot cannot have. */
export function toSnapshotName(text: string, now: Date): SnapshotName {
  const [day = '', time = ''] = now.toISOString().slice(0, 19).replace(/[-:]/g, '').split('T');
  const name = text.replaceAll('{date}', day).replaceAll('{time}', time);
  if (!NAME.test(name) || name.toLowerCase() === 'current') {
    throw new AppError('usage', `'${text}' is not a name of a snapshot`, {
      hint: 'a letter, then letters, digits, _ and -, 40 characters at most; {date} and {time} are filled in',
    });
  }
  if (name === text) return { name, series: null };
  const series = text.replaceAll('{date}', '?'.repeat(day.length)).replaceAll('{time}', '?'.repeat(time.length));
  return { name, series };
}
