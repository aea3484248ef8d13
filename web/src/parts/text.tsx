import { escapeText } from '../../../src/cli/output/escape.ts';

/** Text from the inventory: characters that would deceive the reader are written out, as in the terminal. */
export function Text({ children }: { children: string | null | undefined }) {
  if (children === null || children === undefined || children === '') return <span className="none">—</span>;
  return <bdi>{escapeText(children)}</bdi>;
}

export function safe(text: string): string {
  return escapeText(text);
}
