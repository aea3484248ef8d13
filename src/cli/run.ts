import { EXIT } from './exit-status.ts';
import type { Io } from './output/io.ts';
import { VERSION } from './version.ts';

export type { Io } from './output/io.ts';

/** What the scripts of `rollcall completion` call. */
const COMPLETE = '__complete';

/** Runs one command line and gives its exit status. Never calls process.exit and never throws. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  // Installers and scripts ask for nothing but this, again and again; it needs none of the rest.
  if (args.length === 1 && args[0] === '--version') {
    io.stdout(`${VERSION}\n` as const);
    return EXIT.done;
  }
  // Asked by a shell while somebody types.
  if (args[0] === COMPLETE) {
    const { answerShell } = await import('./completion/answer.ts');
    await answerShell(args.slice(1), io);
    return EXIT.done;
  }
  const { runCommandLine } = await import('./command-line.ts');
  return runCommandLine(args, io);
}
