import type { Document } from '../../types/document.ts';
import {
  type Column,
  hasColumn,
  type Look,
  type SortKey,
  selectColumns,
  sortRows,
  type Tone,
  tableColumns,
} from './column.ts';
import { concatSafe, escapeLineStart, escapeLines, escapeText, type SafeText } from './escape.ts';
import type { Format } from './formats.ts';
import type { Io } from './io.ts';
import { PlainTable } from './plain-table.ts';
import { jsonParts, toCsv, toJsonLine, toYaml } from './serialize.ts';
import type { Fit, Fitter, Part, TableWriter, Tint } from './table.ts';

export interface OutputSettings {
  format: Format;
  columns: readonly string[];
  sort: readonly SortKey[];
  isQuiet: boolean;
  hasColour: boolean;
  hasHeaders: boolean;
}

/** How the one value of a command becomes lines. JSON and YAML print the value itself. */
export interface View<Value, Row> {
  columns: readonly Column<Row>[];
  /** When this is the value itself, `--sort` also orders JSON and YAML. */
  rows(value: Value): readonly Row[];
  /** The reference that other commands take, for `-o name`. */
  ref(row: Row): string;
  /** The document of a row, whose paths are columns too. */
  document?(row: Row): Document;
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
  /** One line of texts in their own tones; where the terminal is too narrow, the lines below it are indented. */
  words(parts: readonly Part[], indent?: number): SafeText;
}

/** Prints the next rows. */
export type RowStream = <Row>(rows: readonly Row[], view: Omit<View<readonly Row[], Row>, 'layout'>) => Promise<void>;

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
    const known = await withDocumentColumns(view, given, [...columns, ...sort.map(({ key }) => key)]);
    const rows = sortRows(given, known, sort);
    const shown = this.#columns(known, view.columns, rows);
    const isRows: unknown = value;
    const printed = isRows === given ? rows : value;
    if (format === 'json') {
      for (const part of jsonParts(printed)) this.#io.stdout(part);
      return;
    }
    if (format === 'yaml') return this.#io.stdout(await toYaml(printed));
    if (format === 'csv')
      return this.#io.stdout(await toCsv(columns.length > 0 ? shown : view.columns, rows, this.#settings.hasHeaders));
    if (format === 'name') return this.#io.stdout(escapeLines(rows.map((row) => view.ref(row))));
    await this.#printTable(value, view, { rows, shown });
  }

  async #printTable<Value, Row>(
    value: Value,
    view: View<Value, Row>,
    { rows, shown }: { rows: readonly Row[]; shown: readonly Column<Row>[] },
  ): Promise<void> {
    const dropped = new Set<string>();
    const draw = await this.#draw(shown, dropped);
    const isLaidOut = view.layout !== undefined && this.#settings.columns.length === 0;
    const text = isLaidOut ? concatSafe(view.layout?.(value, draw) ?? []) : draw.table(rows);
    if (text !== '') this.#io.stdout(text);
    if (rows.length === 0 && view.empty !== undefined) this.note(view.empty);
    if (dropped.size > 0) this.note(`no room for ${[...dropped].join(', ')}: name them with --columns, or use -o csv`);
    if (this.#settings.isQuiet) return;
    this.note(...((await view.footer?.(value)) ?? []));
    for (const hint of view.hints?.(value) ?? []) this.hint(hint);
  }

  async #draw<Row>(shown: readonly Column<Row>[], dropped: Set<string>): Promise<Draw<Row>> {
    const writer = await this.#tableWriter();
    const look = { now: this.#io.clock(), isWide: this.#settings.format === 'wide' };
    const width = this.#width;
    const fitter = await this.#fitter();
    const wrap = width === undefined ? undefined : await import('./wrap.ts');
    const fit = {
      width,
      fitter,
      mayDrop: this.#settings.columns.length === 0,
      hasHead: this.#settings.hasHeaders,
      onDropped: (headers: readonly string[]) => {
        for (const header of headers) dropped.add(header);
      },
    };
    const tint: Tint = (tone, text) => writer.tint(tone, text);
    return {
      ...look,
      table: (some) => writer.table(shown, some, look, fit),
      grid: (columns, some) => writer.table(tableColumns(columns, some, look.isWide), some, look, fit),
      plain: (pairs) => writer.plain(pairs, fit),
      line: (text, tone = 'plain') => {
        const line = escapeLineStart(text);
        return concatSafe([writer.tint(tone, wrap?.wrapLine(line, width ?? 0) ?? line), LINE_BREAK]);
      },
      words: (parts, indent = 0) => {
        const safe = parts.map(({ text, tone = 'plain' }, index) => ({
          text: index === 0 ? escapeLineStart(text) : escapeText(text),
          tone,
        }));
        const line = wrap?.wrapParts(safe, { width: width ?? 0, indent, tint });
        return concatSafe([
          ...(line === undefined ? safe.map(({ text, tone }) => tint(tone, text)) : [line]),
          LINE_BREAK,
        ]);
      },
    };
  }

  /** Prints one more block of what comes one after the other. */
  async block(layout: (draw: Draw<never>) => readonly SafeText[]): Promise<void> {
    this.#io.stdout(concatSafe(layout(await this.#draw([], new Set()))));
  }

  /** Of the terminal; undefined where there is none, or it does not say. */
  get #width(): number | undefined {
    return this.#io.isTTY && this.#io.columns ? this.#io.columns : undefined;
  }

  async #fitter(): Promise<Fitter | undefined> {
    return this.#width === undefined ? undefined : (await import('./fit-sheet.ts')).FITTER;
  }

  async #tableWriter(): Promise<TableWriter> {
    if (!this.#io.isTTY) return new PlainTable();
    const { TerminalTable } = await import('./terminal-table.ts');
    return TerminalTable.load(this.#settings.hasColour);
  }

  /**
   * Prints rows that come one after the other: the headers before the first ones, and columns that stay as wide as they were.
   * JSON is one value a line.
   */
  stream({ hasHead = true }: { hasHead?: boolean } = {}): RowStream {
    const { format, columns, hasHeaders } = this.#settings;
    const fit: Fit = { width: this.#width, widths: [], hasHead: hasHead && hasHeaders };
    return async (rows, view) => {
      if (rows.length === 0) return;
      fit.fitter = await this.#fitter();
      const all = format === 'wide' ? tableColumns(view.columns, rows, true) : view.columns.filter(isAlwaysShown);
      const shown = columns.length > 0 ? selectColumns(view.columns, columns) : all;
      const look = { now: this.#io.clock(), isWide: format === 'wide' };
      if (format === 'json') for (const row of rows) this.#io.stdout(concatSafe([toJsonLine(row), LINE_BREAK]));
      else if (format === 'yaml') this.#io.stdout(await toYaml(rows));
      else if (format === 'name') this.#io.stdout(escapeLines(rows.map((row) => view.ref(row))));
      else if (format === 'csv')
        this.#io.stdout(await toCsv(columns.length > 0 ? shown : view.columns, rows, fit.hasHead));
      else this.#io.stdout((await this.#tableWriter()).table(shown, rows, look, fit));
      fit.hasHead = false;
    };
  }

  /** One result of a stream of them: with `-o json` the value in one line, else the text. */
  result(value: unknown, text: string): void {
    const line = this.#settings.format === 'json' ? toJsonLine(value) : escapeText(text);
    this.#io.stdout(concatSafe([line, LINE_BREAK]));
  }

  /** A document that has a form of its own. Its lines are printed as they are, but for what would act on a terminal. */
  text(text: string): void {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    this.#io.stdout(escapeLines(lines));
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

  #columns<Row>(
    known: readonly Column<Row>[],
    usual: readonly Column<Row>[],
    rows: readonly Row[],
  ): readonly Column<Row>[] {
    const { columns, format } = this.#settings;
    if (columns.length > 0) return selectColumns(known, columns);
    return tableColumns(usual, rows, format === 'wide');
  }
}

/** The columns of a view, and a column for each path of its documents that is named. */
async function withDocumentColumns<Value, Row>(
  view: View<Value, Row>,
  rows: readonly Row[],
  names: readonly string[],
): Promise<readonly Column<Row>[]> {
  const { columns } = view;
  if (view.document === undefined || names.every((name) => hasColumn(columns, name))) return columns;
  const { documentColumns } = await import('./document-columns.ts');
  return [...columns, ...documentColumns(rows, (row) => view.document?.(row) ?? {}, names)];
}

/** What rows that are not there yet may need is shown from the start. */
function isAlwaysShown<Row>({ detail, isRare }: Column<Row>): boolean {
  return isRare !== true && (detail === undefined || typeof detail === 'function');
}
