import { type Html, html } from './html-text.ts';

export interface Cell {
  of: Html | string | number | null;
  look?: 'number' | 'plain' | 'word' | 'warn';
}

/** A wide table scrolls by itself. Its first row decides which heads are those of numbers. */
export function table(heads: readonly string[], rows: readonly { cells: readonly Cell[]; isDim?: boolean }[]): Html {
  const looks = rows[0]?.cells.map(({ look }) => look) ?? [];
  const head = heads.map((text, index) =>
    looks[index] === 'number' ? html`<th class="number">${text}</th>` : html`<th>${text}</th>`,
  );
  const lines = rows.map(
    ({ cells, isDim }) =>
      html`<tr${isDim ? html` class="gone"` : null}>${cells.map(({ of, look }) =>
        look === undefined ? html`<td>${of}</td>` : html`<td class="${look}">${of}</td>`,
      )}</tr>\n`,
  );
  return html`<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${lines}</tbody></table></div>`;
}
