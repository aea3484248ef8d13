import { parse } from 'csv-parse/sync';
import * as z from 'zod';
import { readPanelText } from '../panels/file/read-panel-text.ts';
import type { OwnerFile } from '../services/reconcile/owners.ts';
import { AppError } from '../types/errors.ts';

const ROWS = z.array(z.object({ ref: z.string().trim().min(1), owner: z.string().trim().min(1) }));

/** The CSV file of a rule, with the columns `ref` (`prod/100`) and `owner`. Throws AppError('configuration'). */
export function readOwnerFile(file: string): OwnerFile {
  const rows = ROWS.safeParse(parsed(file));
  if (!rows.success) throw wrong(file, 'each line needs a value in the columns ref and owner');
  const owners = new Map(rows.data.map(({ ref, owner }) => [ref, owner]));
  if (owners.size < rows.data.length) throw wrong(file, 'it names a guest twice');
  return owners;
}

function parsed(file: string): unknown {
  const text = readPanelText(file, 'list of owners');
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true });
  } catch {
    throw wrong(file, 'it is no CSV');
  }
}

function wrong(file: string, why: string): AppError {
  return new AppError('configuration', `the owners in ${file} cannot be used: ${why}`, {
    hint: 'a CSV file whose first line is ref,owner',
  });
}
