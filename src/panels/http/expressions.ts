import { AppError } from '../../types/errors.ts';
import type { FieldMap } from '../../types/panel.ts';
import type { MappedRow } from '../to-record.ts';

/** Of one evaluation. Answers are written by others, and decide how much there is to do. */
const BOUNDS = { timeout: 5_000, stack: 200, sequence: 200_000 };
/** `data.servers`: it can be told from a list whether it is empty or not there, which JSONata does not. */
const PLAIN_PATH = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;

export type Evaluate = (input: unknown) => Promise<unknown>;

/** Throws AppError('configuration') for what is no expression; evaluating it throws 'malformed'. */
export async function toExpression(text: string, option: string): Promise<Evaluate> {
  const { default: jsonata } = await import('jsonata');
  try {
    const expression = jsonata(text, BOUNDS);
    return async (input) => {
      try {
        const value: unknown = await expression.evaluate(input);
        return value;
      } catch (error) {
        throw failed('malformed', `${option} ${text}: it cannot be evaluated`, error);
      }
    };
  } catch (error) {
    throw failed('configuration', `${option} ${text}: it is no JSONata expression`, error);
  }
}

function failed(code: 'malformed' | 'configuration', message: string, error: unknown): AppError {
  const told = typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
  return new AppError(code, `${message}${told}`, { hint: 'try it on an answer at https://try.jsonata.org' });
}

/** Whether an expression gives all rows of an answer: any other may leave some out. */
export function isWholeList(text: string): boolean {
  return text === '$' || PLAIN_PATH.test(text);
}

/** The rows of an answer. Throws AppError('malformed') where there is no list; null where an expression finds nothing. */
export async function toRowsOf(text: string): Promise<(answer: unknown) => Promise<readonly unknown[] | null>> {
  if (text === '$') return async (answer) => listOr(answer, text);
  if (PLAIN_PATH.test(text)) return async (answer) => listOr(text.split('.').reduce(valueAt, answer), text);
  const evaluate = await toExpression(text, '--rows');
  return async (answer) => {
    const found = await evaluate(answer);
    if (found === undefined) return null;
    return Array.isArray(found) ? found : [found];
  };
}

function valueAt(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function listOr(value: unknown, text: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new AppError('malformed', `an answer has no list at ${text}`, { hint: 'check --rows against an answer' });
}

/** One expression for all fields: a row is evaluated once. */
export async function toFieldsOf(fields: FieldMap): Promise<(row: unknown) => Promise<MappedRow>> {
  for (const [field, text] of Object.entries(fields)) await toExpression(text, `--map ${field}=`);
  const all = Object.entries(fields).map(([field, text]) => `"${field}": (${text})`);
  const evaluate = await toExpression(`{${all.join(', ')}}`, '--map');
  return async (row) => {
    const mapped = await evaluate(row);
    return typeof mapped === 'object' && mapped !== null ? Object.fromEntries(Object.entries(mapped)) : {};
  };
}
