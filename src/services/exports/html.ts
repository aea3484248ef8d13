import { createHash } from 'node:crypto';
import { DAY_MS, parseDays } from './days.ts';
import type { ExportOptions, Inventory, Rendered } from './export-format.ts';
import { lifecycleSection } from './html-lifecycle.ts';
import { changesSection, guestsSection, overdueSection, storageSection } from './html-sections.ts';
import { STYLE } from './html-style.ts';
import { dayText, Html, html, sizeText, timeText } from './html-text.ts';

/** Nothing is loaded or run, and no other style than the one that is written here is applied. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

const DEFAULT_DAYS = { backup: 7, snapshot: 14, history: 30 };

/** From when on a report shows changes: so many days, this one too. Throws AppError('usage'). */
export function historySince(now: Date, { historyDays }: ExportOptions): Date {
  const today = Date.parse(dayText(now));
  return new Date(today - (parseDays(historyDays, DEFAULT_DAYS.history) - 1) * DAY_MS);
}

/** One file, which needs nothing else to be looked at. All times are UTC. */
export function renderHtml(inventory: Inventory, options: ExportOptions): Rendered {
  const days = {
    backup: parseDays(options.backupDays, DEFAULT_DAYS.backup),
    snapshot: parseDays(options.snapshotDays, DEFAULT_DAYS.snapshot),
    history: parseDays(options.historyDays, DEFAULT_DAYS.history),
  };
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Inventory of ${timeText(inventory.madeAt)} UTC</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>Inventory</h1>
<p class="soft">As of ${timeText(inventory.madeAt)}. All times are UTC.</p>
${problemsOf(inventory)}
${figures(inventory)}
</header>
<main>
${overdueSection(inventory, days)}
${lifecycleSection(inventory.lifecycle)}
${changesSection(inventory, days.history)}
${storageSection(inventory)}
${guestsSection(inventory)}
</main>
</body>
</html>
`;
  return { content: page.markup, warnings: [] };
}

function problemsOf({ problems }: Inventory): Html | null {
  if (problems.length === 0) return null;
  return html`<div class="problems"><p class="warn">Stale or partial</p><ul>${problems.map((text) => html`<li>${text}</li>`)}</ul></div>`;
}

function figures({ guests, nodes }: Inventory): Html {
  const running = guests.filter(({ status }) => status === 'running');
  const values = [
    ['Guests', guests.length],
    ['Running', running.length],
    ['Templates', guests.filter(({ isTemplate }) => isTemplate).length],
    ['Nodes', nodes.length],
    ['Configured memory', sizeText(sumOf(guests.map(({ memoryBytes }) => memoryBytes)))],
    ['Configured disks', sizeText(sumOf(guests.map(({ diskBytes }) => diskBytes)))],
  ] as const;
  return html`<dl>${values.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Of what is known; null: nothing is. */
function sumOf(sizes: readonly (number | null)[]): number | null {
  const known = sizes.filter((size) => size !== null);
  return known.length === 0 && sizes.length > 0 ? null : known.reduce((total, size) => total + size, 0);
}
