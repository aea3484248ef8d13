import type { LifecycleGroup, LifecycleReport } from '../../types/lifecycle.ts';
import { groupWarnings } from '../lifecycle/group-warnings.ts';
import { type Cell, table } from './html-table.ts';
import { type Html, html } from './html-text.ts';

const MOST_SUBJECTS = 20;
const URGENCIES = { ended: 'over', soon: 'within 90 days', later: 'within a year' } as const;

/** What is no longer supported, or soon will not be, by release. Nothing where it was not read. */
export function lifecycleSection(report: LifecycleReport | null): Html | null {
  if (report === null) return null;
  const groups = groupWarnings(report.warnings);
  const { total, unknown } = report.guests;
  return html`<section><h2>End of support</h2>
<p class="soft">What has ended, and what ends within a year. Of ${unknown} of ${total} guests it is not known.</p>
${groups.length === 0 ? null : table(['What', 'Last day', '', 'Move to', 'Number', 'Of'], groups.map(line))}</section>`;
}

function line({ what, ends, urgency, moveTo, subjects }: LifecycleGroup): { cells: Cell[] } {
  const more = subjects.length - MOST_SUBJECTS;
  const named = subjects.slice(0, MOST_SUBJECTS).join(', ');
  return {
    cells: [
      { of: what },
      { of: ends, look: 'plain' },
      urgency === 'ended' ? { of: URGENCIES[urgency], look: 'warn' } : { of: URGENCIES[urgency] },
      { of: moveTo },
      { of: subjects.length, look: 'number' },
      { of: more > 0 ? `${named} and ${more} more` : named },
    ],
  };
}
