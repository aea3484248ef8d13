import { App } from '../app/app.ts';
import { hasPassword } from '../app/config/database-location.ts';
import { type Environment, variable } from '../app/config/environment.ts';
import type { ConnectionFlags } from '../app/config/environment-provider.ts';
import { parseTime } from '../text/time.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import type { GlobalOptions } from './options.ts';
import type { Io } from './output/io.ts';
import { Output } from './output/output.ts';
import type { ProgressLine } from './output/progress.ts';

/** Where a command prints, in place of the streams of the process. */
export type Redirection = Pick<Io, 'stdout' | 'stderr' | 'columns'>;

/** What the commands get: the terminal, the global options, and the program behind them. */
export class CliContext {
  readonly io: Io;
  readonly app: App;
  /** The command line as it was typed, without the name of the program. */
  readonly args: readonly string[];
  /** What the program ends with when nothing is thrown. */
  status: ExitStatus = EXIT.done;
  #options: GlobalOptions = { output: 'table', color: true, headers: true };

  #redirection: Redirection | null = null;

  constructor(io: Io, args: readonly string[] = []) {
    this.io = io;
    this.args = args;
    this.app = new App(io, {
      warn: (message, hint) => this.output.warn(message, hint),
      note: (message) => this.output.note(message),
    });
  }

  /**
   * Takes the global options of the command line; before any command runs. `isMaker`: a command that records something, and may
   * make the folder of a database. Throws AppError('configuration').
   */
  async configure(options: GlobalOptions, { isMaker = false }: { isMaker?: boolean } = {}): Promise<void> {
    this.#options = options;
    if (options.utc) this.io.useUtc?.();
    const { output, io } = this;
    if (options.db !== undefined && hasPassword(options.db)) {
      const who = '--db has a password, which other users of this machine can see in the process list';
      output.warn(who, 'set DATABASE_URL instead');
    }
    const isFileNamed = options.environmentFile !== undefined || options.envFile !== undefined;
    const env = isFileNamed ? await this.#openEnvironment() : io.env;
    this.app.configure({ db: options.db, isMaker, env, flags: toFlags(options), providers: options.provider ?? [] });
  }

  async #openEnvironment(): Promise<Environment> {
    const { openEnvironment } = await import('../app/open-environment.ts');
    return openEnvironment(this.io, this.#options, (message, hint) => this.output.warn(message, hint));
  }

  /** Prints elsewhere from now on; null: to the streams of the process again. */
  redirect(redirection: Redirection | null): void {
    this.#redirection = redirection;
  }

  useFormat(output: GlobalOptions['output']): void {
    this.#options = { ...this.#options, output };
  }

  get options(): GlobalOptions {
    return this.#options;
  }

  get output(): Output {
    const { output, columns = [], sort = [], quiet, color, headers } = this.#options;
    const io = this.#redirection === null ? this.io : { ...this.io, ...this.#redirection };
    return new Output(io, {
      format: output,
      columns,
      sort,
      isQuiet: quiet === true,
      hasHeaders: headers,
      hasColour: color && variable(this.io.env, 'NO_COLOR') === undefined,
    });
  }

  async progress(): Promise<ProgressLine> {
    const { openProgress } = await import('./output/progress.ts');
    return openProgress(this.io, this.#options.quiet === true);
  }

  /** Warns of imported guests that are gone; `only` as {@link tellOrphans} takes it. Loads it where there are some. */
  async warnOfOrphans(only?: ReadonlySet<string>): Promise<void> {
    if (!(await (await this.app.inventory()).hasGoneImports())) return;
    const { tellOrphans } = await import('./imports/tell-orphans.ts');
    await tellOrphans(this, only);
  }

  now(): Date {
    return this.io.clock();
  }

  /** The time that an option names; undefined when it was not given. */
  time(text: string): Date;
  time(text: string | undefined): Date | undefined;
  time(text: string | undefined): Date | undefined {
    return text === undefined ? undefined : parseTime(text, this.now());
  }
}

/** What the command line says about the connection. */
function toFlags({
  endpoint,
  insecure,
  caFile,
  fingerprint,
  environmentFile,
  envFile,
}: GlobalOptions): ConnectionFlags {
  const file = environmentFile ?? envFile;
  return {
    ...(endpoint && { endpoint }),
    ...(insecure && { insecure }),
    ...(caFile !== undefined && { caFile }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(file !== undefined && { environmentFile: file }),
  };
}
