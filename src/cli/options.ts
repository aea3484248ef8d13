import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../text/time.ts';
import { GUEST_BUDGET_MS, MAX_GUESTS, RUN_TIMEOUT_MS } from '../types/limits.ts';
import type { CliContext } from './context.ts';
import type { SortKey } from './output/column.ts';
import { FORMATS, type Format } from './output/formats.ts';

/** What every command takes. */
export interface GlobalOptions {
  output: Format;
  columns?: readonly string[];
  sort?: readonly SortKey[];
  db?: string;
  environmentFile?: string;
  /** The same, under a name that Node.js takes for its own option as well. */
  envFile?: string;
  provider?: readonly string[];
  endpoint?: readonly string[];
  insecure?: true;
  caFile?: string;
  fingerprint?: string;
  verbose?: true;
  quiet?: true;
  color: boolean;
  headers: boolean;
  utc?: true;
}

/** What a shell may offer for an option, or as the columns of a command, where the option itself does not say so. */
const WORDS = new WeakMap<object, readonly string[]>();

/** Gives words to an option, or columns to a command. */
export function offering<T extends object>(what: T, words: readonly string[]): T {
  WORDS.set(what, words);
  return what;
}

export function offeredBy(what: object): readonly string[] {
  return WORDS.get(what) ?? [];
}

/** Values of an option that may be repeated, and separated by commas. */
export function collect(text: string, previous: readonly string[] = []): string[] {
  const words = text.split(',').map((word) => word.trim());
  return [...previous, ...words.filter((word) => word !== '')];
}

/** Values of an option that may be repeated: selectors, expressions and names of files may have commas. */
export function repeated(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}

export function groupedOption(group: string, flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(group);
}

function parseSort(text: string): SortKey[] {
  return collect(text).map((word) => ({ key: word.replace(/^[-+]/, ''), isDescending: word.startsWith('-') }));
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It is a whole number of at least ${least}.`);
  };
}

function duration(text: string): number {
  return parseDurationMs(text);
}

const OUTPUT = 'Output:';
const SOURCE = 'Database and providers:';
const CONNECTION = 'Connection (overrides environment and stored provider):';

/** In the order of the help; each with its group. */
export function globalOptions(): Option[] {
  return [
    new Option('-o, --output <format>', 'output format').choices(FORMATS).default('table').helpGroup(OUTPUT),
    new Option('--columns <names>', 'columns of table, wide and csv, separated by commas')
      .argParser(collect)
      .helpGroup(OUTPUT),
    new Option('--sort <columns>', 'columns to sort by; -NAME for descending order')
      .argParser(parseSort)
      .helpGroup(OUTPUT),
    new Option('--no-headers', 'omit the header line of table, wide and csv').helpGroup(OUTPUT),
    new Option('--utc', 'print and read times in UTC').helpGroup(OUTPUT),
    new Option('--no-color', 'no colour (like NO_COLOR=1)').helpGroup(OUTPUT),
    new Option('--quiet', 'print only the result and errors').helpGroup(OUTPUT),
    new Option('--verbose', 'print more about progress and errors').helpGroup(OUTPUT),
    new Option('--db <url>', 'file:PATH or postgresql://… (overrides DATABASE_URL)').helpGroup(SOURCE),
    new Option(
      '--environment-file <path>',
      'private file of NAME=value lines; the environment overrides it; cannot set DATABASE_URL',
    ).helpGroup(SOURCE),
    new Option('--env-file <path>').hideHelp(),
    new Option('--provider <names>', 'only these providers; wildcards allowed').argParser(collect).helpGroup(SOURCE),
    new Option('--endpoint <urls>', 'https://host:8006; several nodes of one cluster are tried in turn')
      .argParser(collect)
      .helpGroup(CONNECTION),
    new Option('--ca-file <path>', 'trust the certificates of this CA (PEM)').helpGroup(CONNECTION),
    new Option('--fingerprint <sha256>', 'trust this one certificate').helpGroup(CONNECTION),
    new Option('--insecure', 'trust any certificate').helpGroup(CONNECTION),
  ];
}

function filter(flags: string, description: string): Option {
  return new Option(flags, description).argParser(collect);
}

export const selectorArgument = () =>
  new Argument('[selectors...]', "which guests: web-*, 100-199, 'tag=prod,memory>8G' (rollcall help selectors)");

export const nodeFilter = () => filter('--node <patterns>', 'only on these nodes');
export const nameFilter = () => filter('--name <patterns>', 'only with these names');
export const tagFilter = () => filter('--tag <patterns>', 'only with one of these tags');
export const poolFilter = () => filter('--pool <patterns>', 'only in these pools');
export const typeFilter = (words: string) => filter('--type <patterns>', words);

export const atOption = () =>
  new Option(
    '--at <time>',
    'state at a past time: 2h, yesterday, monday, "3 days ago", 2026-11-01, "2026-11-01 14:30"',
  );
export const sinceOption = () =>
  new Option('--since <time>', 'from this time on: 24h, 7d, 2w, today, monday, "3 days ago", 2026-11-01');
export const untilOption = () => new Option('--until <time>', 'up to this time');
export const allOption = () => new Option('--all', 'include resources that are gone');
export const limitOption = (count: number) =>
  new Option('--limit <count>', 'show only this many, the newest').argParser(wholeNumber(1)).default(count);

type Action = Parameters<Command['action']>[0];

/**
 * A command whose action repeats itself with --watch. It is given its action later, and its options are those of the action besides.
 * `isLog`: whether it lists what was recorded, the newest last.
 */
export function watched(context: CliContext, command: Command, { isLog = false }: { isLog?: boolean } = {}): Command {
  const action = command.action.bind(command);
  command.action = (run) => {
    const watch = new Option('-w, --watch', 'print again when something changes; JSON lines in a pipe');
    command
      .addOption(watch.conflicts(['follow', 'exitCode']))
      .addOption(
        new Option(
          '--interval <duration>',
          'with --watch: print again after this time at the latest; default 5s',
        ).argParser((text) => Math.max(duration(text), LEAST_INTERVAL_MS)),
      );
    return action(repeating(context, command, { run, isLog }));
  };
  return command;
}

const WATCH_INTERVAL_MS = 5000;
const LEAST_INTERVAL_MS = 1000;

function repeating(context: CliContext, command: Command, { run, isLog }: { run: Action; isLog: boolean }): Action {
  return async (...args) => {
    const { watch, interval, ...options } = command.opts<{ watch?: true; interval?: number }>();
    // commander hands over the arguments, the options and the command.
    const once = async () => run.call(command, ...args.slice(0, -2), options, command);
    if (!watch) return once();
    const { repeat } = await import('./screen/repeat.ts');
    await repeat(context, once, {
      title: `rollcall ${command.name()}`,
      intervalMs: interval ?? WATCH_INTERVAL_MS,
      isLog,
    });
  };
}

export const timeoutOption = () =>
  new Option('--timeout <duration>', 'abort the run of a provider after this time: 90s, 10m')
    .argParser(duration)
    .default(RUN_TIMEOUT_MS, '10m');
export const concurrencyOption = () =>
  new Option('--concurrency <count>', 'concurrent requests to one cluster (default 16)').argParser(wholeNumber(1));
export const maxGuestsOption = () =>
  new Option('--max-guests <count>', 'refuse a cluster that lists more guests than this')
    .argParser(wholeNumber(1))
    .default(MAX_GUESTS);
export const guestBudgetOption = () =>
  new Option('--guest-budget <duration>', 'time for asking guests for their addresses after a run; 0 asks none')
    .argParser((text) => (text === '0' ? 0 : duration(text)))
    .default(GUEST_BUDGET_MS, '5s');
export const askPowerOption = () =>
  new Option('--ask-power', 'ask for power states also where each answer is a live call to a host (virtfusion)');
export const parallelOption = () =>
  new Option('--parallel <count>', 'number of providers to read at the same time').argParser(wholeNumber(1)).default(8);
export const acceptRemovalsOption = () =>
  new Option('--accept-removals', 'record removals even if the guard would hold them back');
