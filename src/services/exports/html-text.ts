import { visibleText } from './visible-text.ts';

/** Markup in which everything from outside is text. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Part = Html | string | number | null | readonly Part[];

/** The one place where text becomes markup: what is put into a template is escaped, unless it is markup already. */
export function html(markup: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    markup.map((text, index) => (index === 0 ? text : `${toMarkup(parts[index - 1] ?? '')}${text}`)).join(''),
  );
}

function toMarkup(part: Part): string {
  if (part instanceof Html) return part.markup;
  if (typeof part === 'string') return escapeHtml(visibleText(part));
  if (typeof part === 'number') return String(part);
  return part === null ? '' : part.map(toMarkup).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1.5 GiB`; `unknown`. */
export function sizeText(bytes: number | null): string {
  if (bytes === null) return 'unknown';
  const unit = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** unit).toFixed(1))} ${UNITS[unit] ?? ''}`;
}

/** `2026-11-21 10:00`, in UTC. */
export function timeText(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}

/** `2026-11-21`, in UTC. */
export function dayText(at: Date): string {
  return at.toISOString().slice(0, 10);
}
