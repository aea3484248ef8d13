import { formatBytes } from '../../../src/cli/output/format.ts';

export function bytesText(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? '' : formatBytes(bytes);
}

export function countText(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : `${one}s`}`;
}

export function utcText(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
