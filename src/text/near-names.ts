const MOST = 3;

/** Up to three names that someone who wrote `text` may have meant, nearest first. */
export function nearNames(text: string, names: Iterable<string>): string[] {
  const wanted = text.toLowerCase();
  const atMost = Math.ceil(wanted.length / 3);
  const near: { name: string; distance: number }[] = [];
  for (const name of new Set(names)) {
    const candidate = name.toLowerCase();
    const isInside = candidate.includes(wanted);
    // The distance is at least the difference in length; a name may have a megabyte.
    if (!isInside && Math.abs(candidate.length - wanted.length) > atMost) continue;
    const distance = isInside ? 0 : editDistance(wanted, candidate);
    if (distance <= atMost) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, MOST).map(({ name }) => name);
}

/** The candidate nearest to a misspelt word; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const most = Math.max(1, Math.round(candidate.length * 0.4));
    // The distance is at least the difference in length; a name may have a megabyte.
    if (Math.abs(candidate.length - word.length) > most) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= most && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** How many letters must be added, dropped, replaced, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (previous[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const isSwapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = isSwapped ? (beforeLast[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replaced, swapped, (previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    beforeLast = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
