export const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const NOTHING = '-';

/** `1.5 GiB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return NOTHING;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${BYTE_UNITS[unit] ?? ''}`;
}

/** `3.1 %` of a share of 0.031. */
export function formatPercent(share: number | null | undefined): string {
  return share === null || share === undefined ? NOTHING : `${Number((share * 100).toFixed(1))} %`;
}

/** `4 min`, `3 h`, `12 d`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `3 min ago`. A time that is ahead of our clock is now. */
export function formatAge(time: Date | null, now: Date): string {
  if (time === null) return 'never';
  const ageMs = now.getTime() - time.getTime();
  return ageMs < 1000 ? 'just now' : `${formatDuration(ageMs)} ago`;
}

/** `next try in 28 s`. */
export function formatNextTry(time: Date, now: Date): string {
  const waitMs = time.getTime() - now.getTime();
  return waitMs <= 0 ? 'tried again by the next run' : `next try in ${formatDuration(waitMs)}`;
}

/** `2026-11-21 10:00:05` on the user's clock. */
export function formatLocal(time: Date): string {
  return `${formatLocalDay(time)} ${formatClock(time)}`;
}

/** `2026-11-21` on the user's calendar. */
export function formatLocalDay(time: Date): string {
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-');
}

/** `10:00:05` on the user's clock. */
export function formatClock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':');
}

/** `2026-11-21T10:00:05+01:00`. */
export function formatLocalIso(time: Date): string {
  const offset = -time.getTimezoneOffset();
  const zone = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map(twoDigits).join(':');
  return `${formatLocal(time).replace(' ', 'T')}${offset < 0 ? '-' : '+'}${zone}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `3,479`. Intl would take 7 ms to load. */
export function formatCount(count: number): string {
  const digits = String(count);
  const first = digits.length % 3;
  const groups = first === 0 ? [] : [digits.slice(0, first)];
  for (let start = first; start < digits.length; start += 3) groups.push(digits.slice(start, start + 3));
  return groups.join(',');
}
