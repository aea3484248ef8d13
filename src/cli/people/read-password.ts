import { AppError } from '../../types/errors.ts';
import type { Io } from '../output/io.ts';

/** The first line of standard input. Throws AppError('usage') where somebody would have to type it, for all to see. */
export async function readPassword({ input, ask }: Pick<Io, 'input' | 'ask'>): Promise<string> {
  if (ask !== undefined || input === undefined) {
    throw new AppError('usage', '--password-stdin reads the password from a pipe or a file', {
      hint: 'leave it out: the link that is printed sets the password',
    });
  }
  const [line = ''] = (await input()).split(/\r?\n/, 1);
  return line;
}
