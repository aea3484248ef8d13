import os from 'node:os';
import { variable } from '../../app/config/environment.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import type { Ask } from '../output/io.ts';
import { addInclude, findInclude } from './ssh-include.ts';

/** ssh reads a file of its own only where the configuration includes it: the line is added where that is wanted, else told. */
export async function offerInclude(
  { app, output }: CliContext,
  target: string,
  { include, ask }: { include: true | undefined; ask: Ask | undefined },
): Promise<void> {
  const found = findInclude(variable(app.env, 'HOME') ?? os.homedir(), target);
  if (found.isThere) return;
  const { config, line } = found;
  if (include || (await ask?.confirm(escapeText(`Add \`${line}\` at the top of ${config}?`)))) {
    addInclude(found);
    output.note(`added \`${line}\` to ${config}`);
  } else {
    output.hint(`add \`${line}\` at the top of ${config}, or run it again with --include`);
  }
}
