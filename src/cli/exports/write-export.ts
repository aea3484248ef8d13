import path from 'node:path';
import { replaceFile } from '../../files/replace-file.ts';
import type { Rendered } from '../../services/exports/export-format.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';

/** To a file that only this user can read, in place of what has its name; else to standard output. */
export function writeExport(context: CliContext, { content }: Rendered, file: string | undefined): void {
  if (file !== undefined) {
    writeTo(path.resolve(context.io.cwd, file), content);
    context.output.note(`written to ${file}`);
  } else if (typeof content === 'string') {
    context.output.text(content);
  } else {
    throw new AppError('usage', 'this format is not text, and is written to a file only', { hint: 'add --file FILE' });
  }
}

function writeTo(file: string, content: string | Uint8Array): void {
  try {
    replaceFile(file, content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('configuration', `${file} cannot be written: ${reason}`, {
      hint: 'give another place with --file',
    });
  }
}
