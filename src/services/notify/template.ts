import type { Value } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { NotifyEvent, NotifyMessage } from '../../types/notify.ts';
import { cut, plainLine, plural } from './text.ts';

export const TEMPLATE_FIELDS = [
  'title',
  'details',
  'kind',
  'total',
  'provider',
  'guest',
  'name',
  'actor',
  'time',
  'id',
] as const;
type TemplateField = (typeof TEMPLATE_FIELDS)[number];

export const USUAL_TEMPLATE = '{{title}}\n{{details}}';

const MOST_CHARACTERS = 4000;
const FIELD = /\{\{([^{}]*)\}\}/g;

/** Throws AppError('usage') for a field that does not exist. */
export function checkTemplate(template: string): void {
  if (template.length > MOST_CHARACTERS) {
    throw new AppError('usage', `the template is longer than ${MOST_CHARACTERS} characters`);
  }
  for (const [written, name = ''] of template.matchAll(FIELD)) {
    if (isField(name.trim())) continue;
    throw new AppError('usage', `the template has an unknown field ${written}`, {
      hint: `fields: ${TEMPLATE_FIELDS.map((field) => `{{${field}}}`).join(', ')}`,
    });
  }
}

/** The text of a message. The template's own text stays as it is; values are escaped as the channel needs. */
export function renderText(template: string | null, message: NotifyMessage, escaped: (text: string) => string): string {
  const values = fieldsOf(message);
  const text = (template ?? USUAL_TEMPLATE).replace(FIELD, (written: string, name: string) => {
    const field = name.trim();
    return isField(field) ? escaped(values[field]) : written;
  });
  return text.trimEnd();
}

function isField(name: string): name is TemplateField {
  return TEMPLATE_FIELDS.some((field) => field === name);
}

function fieldsOf(message: NotifyMessage): Record<TemplateField, string> {
  const { events, total, title, id, at } = message;
  const [first] = events;
  const unique = (values: readonly (string | null | undefined)[]): string =>
    [...new Set(values.filter((value) => value !== null && value !== undefined))].map(plainLine).join(', ');
  return {
    title: plainLine(title),
    details: detailLines(message).map(plainLine).join('\n'),
    kind: unique(events.map(({ kind }) => kind)),
    total: String(total),
    provider: unique(events.map(({ provider }) => provider?.name)),
    guest: unique(events.map(({ guest }) => guest?.ref)),
    name: unique(events.map(({ guest }) => guest?.name)),
    actor: unique(events.map(({ actor }) => actor)),
    time: first === undefined ? at : first.at,
    id,
  };
}

/** Of one guest its fields, of several a line each. */
function detailLines({ events, total }: NotifyMessage): string[] {
  const guests = new Set(events.map(({ guest }) => guest?.id));
  if (guests.size <= 1) {
    const by = [...new Set(events.map(({ actor }) => actor))].filter((actor) => actor !== null);
    const fields = events.flatMap(({ changes }) => changes).map(fieldLine);
    return [...fields, ...(by.length === 0 ? [] : [`by ${by.join(', ')}`])];
  }
  const more = total - events.length;
  return [...events.map(eventLine), ...(more > 0 ? [`and ${plural(more, 'more event')}`] : [])];
}

function fieldLine({ path, before, after }: NotifyEvent['changes'][number]): string {
  return `${path}: ${valueText(before)} → ${valueText(after)}`;
}

function eventLine({ guest, text, actor }: NotifyEvent): string {
  const name = guest?.name ? ` ${guest.name}` : '';
  return `${guest?.ref ?? ''}${name}: ${text}${actor === null ? '' : ` (${actor})`}`;
}

function valueText(value: Value | null): string {
  if (value === null) return 'none';
  return cut(typeof value === 'object' ? value.join(', ') : String(value), 200);
}
