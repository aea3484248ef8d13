import { formatBytes, formatLocalDay } from '../../../src/cli/output/format.ts';

export function bytesText(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? '' : formatBytes(bytes);
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

export function utcText(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** What a datetime-local input takes. */
export function inputText(at: Date): string {
  return `${formatLocalDay(at)}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
