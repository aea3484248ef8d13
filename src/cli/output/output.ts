import type { Io } from '../io.ts';
import { type Column, type Look, type SortKey, selectColumns, sortRows, type Tone, tableColumns } from './column.ts';
import { concatSafe, escapeLineStart, escapeLines, escapeText, type SafeText } from './escape.ts';
import type { Format } from './formats.ts';
import { PlainTable } from './plain-table.ts';
import { jsonParts, toCsv, toJsonLine, toYaml } from './serialize.ts';
import type { TableWriter } from './table.ts';

export interface OutputSettings {
  format: Format;
  columns: readonly string[];
  sort: readonly SortKey[];
  isQuiet: boolean;
  hasColour: boolean;
}

/** How the one value of a command becomes lines. JSON and YAML print the value itself. */
export interface View<Value, Row> {
  columns: readonly Column<Row>[];
  /** When this is the value itself, `--sort` also orders JSON and YAML. */
  rows(value: Value): readonly Row[];
  /** The reference that other commands take, for `-o name`. */
  ref(row: Row): string;
  /** What is said in place of a table without rows, and what to do then. */
  empty?: string;
  /** Layout of the table, where it is more than one: blocks of whole lines, printed one after the other. */
  layout?(value: Value, draw: Draw<Row>): readonly SafeText[];
  /** Said under the table, on standard error: how old the data is. */
  footer?(value: Value): Promise<readonly string[]>;
  /** What to do next; printed last. */
  hints?(value: Value): readonly string[];
}

export interface Draw<Row> extends Look {
  table(rows: readonly Row[]): SafeText;
  /** Keys and values without a header. */
  plain(pairs: readonly { key: string; value: string }[]): SafeText;
  grid<Other>(columns: readonly Column<Other>[], rows: readonly Other[]): SafeText;
  /** One line of text. */
  line(text: string, tone?: Tone): SafeText;
}

const LINE_BREAK = escapeLines(['']);

/** Results go to standard output, everything said about them to standard error. */
export class Output {
  readonly #io: Io;
  readonly #settings: OutputSettings;

  constructor(io: Io, settings: OutputSettings) {
    this.#io = io;
    this.#settings = settings;
  }

  async print<Value, Row>(value: Value, view: View<Value, Row>): Promise<void> {
    const { format, columns, sort } = this.#settings;
    const given = view.rows(value);
    const rows = sortRows(given, view.columns, sort);
    const shown = this.#columns(view, rows);
    const isRows: unknown = value;
    const printed = isRows === given ? rows : value;
    if (format === 'json') {
      for (const part of jsonParts(printed)) this.#io.stdout(part);
      return;
    }
    if (format === 'yaml') return this.#io.stdout(await toYaml(printed));
    if (format === 'csv') return this.#io.stdout(await toCsv(columns.length > 0 ? shown : view.columns, rows));
    if (format === 'name') return this.#io.stdout(escapeLines(rows.map((row) => view.ref(row))));
    await this.#printTable(value, view, { rows, shown });
  }

  async #printTable<Value, Row>(
    value: Value,
    view: View<Value, Row>,
    { rows, shown }: { rows: readonly Row[]; shown: readonly Column<Row>[] },
  ): Promise<void> {
    const writer = await this.#tableWriter();
    const look = { now: this.#io.clock(), isWide: this.#settings.format === 'wide' };
    const draw = {
      ...look,
      table: (some: readonly Row[]) => writer.table(shown, some, look),
      grid: <Other>(columns: readonly Column<Other>[], some: readonly Other[]) => writer.table(columns, some, look),
      plain: (pairs: readonly { key: string; value: string }[]) => writer.plain(pairs),
      line: (text: string, tone: Tone = 'plain') => concatSafe([writer.tint(tone, escapeLineStart(text)), LINE_BREAK]),
    };
    const isLaidOut = view.layout !== undefined && this.#settings.columns.length === 0;
    const text = isLaidOut ? concatSafe(view.layout?.(value, draw) ?? []) : draw.table(rows);
    if (text !== '') this.#io.stdout(text);
    if (rows.length === 0 && view.empty !== undefined) this.note(view.empty);
    if (this.#settings.isQuiet) return;
    this.note(...((await view.footer?.(value)) ?? []));
    for (const hint of view.hints?.(value) ?? []) this.hint(hint);
  }

  async #tableWriter(): Promise<TableWriter> {
    if (!this.#io.isTTY) return new PlainTable();
    const { TerminalTable } = await import('./terminal-table.ts');
    return TerminalTable.load(this.#settings.hasColour);
  }

  /** One result of a stream of them: with `-o json` the value in one line, else the text. */
  result(value: unknown, text: string): void {
    const line = this.#settings.format === 'json' ? toJsonLine(value) : escapeText(text);
    this.#io.stdout(concatSafe([line, LINE_BREAK]));
  }

  /** About the result, on standard error: each text is one line, whatever is in it. */
  note(...lines: readonly string[]): void {
    if (!this.#settings.isQuiet) this.say(...lines);
  }

  hint(text: string): void {
    if (!this.#settings.isQuiet) this.#label('hint', text);
  }

  warn(text: string, hint?: string): void {
    if (!this.#settings.isQuiet) this.problem(text, hint);
  }

  /** A warning that is printed even when quiet. */
  problem(text: string, hint?: string): void {
    this.#label('warning', text);
    if (hint !== undefined) this.#label('hint', hint);
  }

  /** Of a failure that does not end the command; printed even when quiet. */
  error(text: string, hint?: string): void {
    this.#label('error', text);
    if (hint !== undefined) this.#label('hint', hint);
  }

  /** Lines on standard error, printed even when quiet. */
  say(...lines: readonly string[]): void {
    this.#io.stderr(concatSafe(lines.flatMap((line) => [escapeLineStart(line), LINE_BREAK])));
  }

  #label(label: 'error' | 'warning' | 'hint', text: string): void {
    this.#io.stderr(escapeLines([`${label}: ${text}`]));
  }

  #columns<Value, Row>(view: View<Value, Row>, rows: readonly Row[]): readonly Column<Row>[] {
    const { columns, format } = this.#settings;
    if (columns.length > 0) return selectColumns(view.columns, columns);
    return tableColumns(view.columns, rows, format === 'wide');
  }
}
