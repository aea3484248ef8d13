import { DAY_MS } from './days.ts';
import type { Action } from './export-format.ts';
import { dayText, type Html, html } from './html-text.ts';

const MOST_PEOPLE = 5;
const OTHERS = 'all others';
const [WIDTH, HEIGHT, FLOOR, LEFT] = [960, 190, 160, 34];

/** How many actions one person did, in all and on each day; `series`: the number of the colour. */
interface Person {
  name: string;
  series: number;
  total: number;
  byDay: ReadonlyMap<string, number>;
}

/** Changes of each day, and of each person in the same colours. */
export function charts(actions: readonly Action[], now: Date, days: number): Html {
  const people = peopleOf(actions);
  const last = Date.parse(dayText(now));
  const dates = Array.from({ length: days }, (_, index) => dayText(new Date(last - (days - 1 - index) * DAY_MS)));
  return html`<figure>${dayChart(people, dates)}<figcaption>Changes a day</figcaption></figure>
<figure>${personChart(people)}<figcaption>Changes by person</figcaption></figure>`;
}

/** Those who did most, and the others together. */
function peopleOf(actions: readonly Action[]): Person[] {
  const days = new Map<string, Map<string, number>>();
  for (const { by, at } of actions) {
    const own = days.get(by) ?? new Map<string, number>();
    own.set(dayText(at), (own.get(dayText(at)) ?? 0) + 1);
    days.set(by, own);
  }
  const all = [...days]
    .map(([name, byDay]) => ({ name, byDay, total: sum([...byDay.values()]) }))
    .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
  const [first, rest] = [all.slice(0, MOST_PEOPLE), all.slice(MOST_PEOPLE)];
  const byDay = new Map<string, number>();
  for (const person of rest) for (const [day, count] of person.byDay) byDay.set(day, (byDay.get(day) ?? 0) + count);
  const others = { name: `${OTHERS} (${rest.length})`, byDay, total: sum(rest.map(({ total }) => total)) };
  return [...first, ...(rest.length > 0 ? [others] : [])].map((person, series) => ({ ...person, series }));
}

function dayChart(people: readonly Person[], days: readonly string[]): Html {
  const totals = days.map((day) => sum(people.map(({ byDay }) => byDay.get(day) ?? 0)));
  const top = niceTop(Math.max(1, ...totals));
  const step = (WIDTH - LEFT - 16) / days.length;
  const height = (count: number): number => (count / top) * (FLOOR - 12);
  const lines = [0, top / 2, top].map((count) => {
    const y = round(FLOOR - height(count));
    return html`<line class="rule" x1="${LEFT}" x2="${WIDTH - 16}" y1="${y}" y2="${y}"/><text class="scale" x="${LEFT - 6}" y="${y + 4}">${count}</text>`;
  });
  const bars = days.map((day, index) => {
    let below = 0;
    return people.map(({ name, byDay, series }) => {
      const count = byDay.get(day) ?? 0;
      if (count === 0) return null;
      below += count;
      const [x, y, width] = [round(LEFT + index * step + step * 0.1), round(FLOOR - height(below)), round(step * 0.8)];
      return html`<rect class="s${series}" x="${x}" y="${y}" width="${width}" height="${round(height(count))}"><title>${day}, ${name}: ${count}</title></rect>`;
    });
  });
  const every = Math.max(1, Math.ceil(days.length / 10));
  const labels = days.map((day, index) =>
    (days.length - 1 - index) % every === 0
      ? html`<text class="day" x="${round(LEFT + (index + 0.5) * step)}" y="${FLOOR + 18}">${day.slice(5)}</text>`
      : null,
  );
  const words = `${countOf(sum(totals))} from ${days[0] ?? ''} to ${days.at(-1) ?? ''}`;
  return html`<svg role="img" aria-label="${words}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${lines}${bars}${labels}</svg>`;
}

function personChart(people: readonly Person[]): Html {
  const most = Math.max(1, ...people.map(({ total }) => total));
  const rows = people.map(({ name, total, series }, index) => {
    const y = index * 26;
    const width = Math.max(2, round((total / most) * 560));
    return html`<text class="name" x="290" y="${y + 17}">${shorten(name)}<title>${name}</title></text><rect class="s${series}" x="300" y="${y + 4}" width="${width}" height="18"/><text x="${width + 308}" y="${y + 17}">${total}</text>`;
  });
  const words = people.map(({ name, total }) => `${name}: ${total}`).join(', ');
  return html`<svg role="img" aria-label="${words}" viewBox="0 0 ${WIDTH} ${Math.max(1, people.length) * 26 + 4}">${rows}</svg>`;
}

/** The share of a storage that is used. */
export function meter(share: number): Html {
  const width = round(Math.min(1, Math.max(0, share)) * 100);
  return html`<svg class="meter" role="img" aria-label="${Math.round(share * 100)} % used" viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="track" width="100" height="10"/><rect class="${share >= 0.9 ? 'full' : 's0'}" width="${width}" height="10"/></svg>`;
}

/** Room for what is written beside a bar. */
function shorten(name: string): string {
  const letters = Array.from(name);
  return letters.length > 40 ? `${letters.slice(0, 39).join('')}…` : name;
}

/** 2, 4, 10, 20, 40, … : half of it is a whole number. */
function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [2, 4, 10, 20].map((times) => times * power).find((top) => top >= most) ?? most;
}

/** `1 change`, `2 changes`. */
export function countOf(changes: number): string {
  return `${changes} ${changes === 1 ? 'change' : 'changes'}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function round(number: number): number {
  return Number(number.toFixed(1));
}
