import { lstatSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '../../app/config/environment.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { AppError } from '../../types/errors.ts';
import { compileWildcard } from '../../types/wildcard.ts';

const MAX_BYTES = 4 * 1024 * 1024;

/** The SSH configuration of a user, and whether it includes a file of its own. */
export interface SshInclude {
  config: string;
  line: string;
  isThere: boolean;
}

export function findInclude(home: string, target: string): SshInclude {
  const folder = path.join(home, '.ssh');
  const config = path.join(folder, 'config');
  const isBeside = path.dirname(target) === folder;
  const line = `Include ${isBeside ? path.basename(target) : `"${target}"`}`;
  return { config, line, isThere: included(textOf(config)).some((pattern) => leadsTo(pattern, target, home)) };
}

/** At the top: further down, an Include belongs to the Host block above it. Throws AppError('configuration') for a link. */
export function addInclude({ config, line }: SshInclude): void {
  if (isLink(config))
    throw new AppError('configuration', `${config} is a link, and is not changed`, {
      hint: `add this line at its top: ${line}`,
    });
  replaceFile(config, `${line}\n\n${textOf(config)}`);
}

function textOf(file: string): string {
  try {
    return readRegularFile(file, { maxBytes: MAX_BYTES });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** What the lines before the first Host or Match include: later ones count for some hosts only. */
function included(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (/^(?:host|match)\b/i.test(line)) break;
    const [word = '', ...rest] = line.split(/[\s=]+/);
    if (word.toLowerCase() === 'include') patterns.push(...rest.map((one) => one.replaceAll('"', '')));
  }
  return patterns;
}

function leadsTo(pattern: string, target: string, home: string): boolean {
  const absolute = pattern.startsWith('~/') ? path.join(home, pattern.slice(2)) : path.resolve(home, '.ssh', pattern);
  return compileWildcard(absolute)(target);
}
