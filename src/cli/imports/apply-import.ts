import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { errorCode } from '../../app/config/environment.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { FILE_MARK, importFile } from '../../services/imports/import-file.ts';
import type { ImportPlan } from '../../services/imports/plan-import.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';

const MAX_BYTES = 64 * 1024 * 1024;

interface FileChange {
  target: string;
  before: string | null;
  after: string;
}

export interface ApplyOptions {
  yes?: true;
  dryRun?: true;
}

/**
 * Shows how the files change, asks unless --yes was given, and writes marks and files. The marks come first: files are made from
 * them, so that the next run makes up for one that could not be written. false: nothing was written.
 */
export async function applyImport(
  context: CliContext,
  plan: ImportPlan,
  { yes, dryRun }: ApplyOptions,
): Promise<boolean> {
  const { output, io } = context;
  const changes = plan.files.map(({ target, format, entries }): FileChange => {
    return { target, before: ownFile(target), after: importFile(format, entries) };
  });
  const changed = changes.filter(({ before, after }) => before !== after);
  if (changed.length + plan.marks.length + plan.dropped.length === 0) {
    output.note('nothing to change');
    return false;
  }
  const patches = changed.map(patchText);
  if (dryRun) {
    for (const patch of patches) output.text(patch);
    return false;
  }
  if (!yes) {
    if (!io.ask)
      throw new AppError('usage', 'this changes files, and nobody can be asked', {
        hint: 'see what with --dry-run; then add --yes',
      });
    output.say(...patches.flatMap((patch) => patch.trimEnd().split('\n')));
    if (!(await io.ask.confirm(escapeText('Write this?')))) {
      output.note('nothing was changed');
      return false;
    }
  }
  await (await context.app.imports()).save(plan.marks, { dropped: plan.dropped, at: context.now() });
  for (const change of changed) write(change);
  return true;
}

/** null: there is none yet. Throws AppError('configuration') for a file that import-hosts did not write, and for a link. */
function ownFile(target: string): string | null {
  try {
    const text = readRegularFile(target, { maxBytes: MAX_BYTES, isNotLink: true });
    if (text === '' || text.startsWith(`${FILE_MARK}\n`)) return text;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    if (error instanceof AppError) throw error;
    throw new AppError('configuration', `${target} cannot be read, or is a link`, {
      hint: 'name another one with --file',
    });
  }
  throw new AppError('configuration', `${target} was not written by import-hosts, and is not replaced`, {
    hint: 'name another one with --file',
  });
}

function patchText({ target, before, after }: FileChange): string {
  return createTwoFilesPatch(
    before === null ? '/dev/null' : target,
    target,
    before ?? '',
    after,
    undefined,
    undefined,
    {
      context: 2,
      headerOptions: FILE_HEADERS_ONLY,
    },
  );
}

function write({ target, after }: FileChange): void {
  try {
    mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
    replaceFile(target, after);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('configuration', `${target} cannot be written: ${reason}`, {
      hint: 'the marks are stored: the same command writes the file once it can be',
    });
  }
}
