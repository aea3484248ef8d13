import { primaryAddress, referenceOf } from '../../services/exports/guest-values.ts';
import type { ImportLogin } from '../../types/import-mark.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { escapeText } from '../output/escape.ts';
import type { Ask, AskSeveral } from '../output/io.ts';

/** Those that people check in a list; all are checked at first. */
export async function chooseHosts(ask: AskSeveral, guests: readonly GuestRow[]): Promise<GuestRow[]> {
  const rows = guests.map((guest) => [
    referenceOf(guest),
    guest.name ?? '',
    primaryAddress(guest) ?? 'no address',
    guest.status,
    guest.tags.join(','),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const choices = guests.map((guest, row) => ({
    value: guest.id,
    name: escapeText(
      (rows[row] ?? [])
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    short: escapeText(referenceOf(guest)),
    checked: true,
  }));
  const picked = new Set(await ask(escapeText('Which of these are imported?'), choices));
  return guests.filter(({ id }) => picked.has(id));
}

const QUESTIONS = {
  user: 'User that logs in (empty: as ssh decides):',
  key: 'Private key file, as a path (empty: as ssh decides):',
  group: 'Group in the inventory (empty: none):',
} as const;

/** Asks for what no option says. */
export async function askLogin(
  ask: Ask,
  given: ImportLogin,
  wanted: readonly (keyof typeof QUESTIONS)[],
): Promise<ImportLogin> {
  const login: ImportLogin = { ...given };
  for (const field of wanted) {
    if (login[field] !== undefined) continue;
    const answer = (await ask.text(escapeText(QUESTIONS[field]))).trim();
    if (answer !== '') login[field] = answer;
  }
  return login;
}
