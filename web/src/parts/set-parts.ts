/** The parts of an address with some of them set, or taken away. */
export function setParts<T extends object>(before: T, part: { [K in keyof T]?: string | undefined }): T {
  const next = { ...before, ...part };
  for (const name in next) if (next[name] === undefined || next[name] === '') delete next[name];
  return next;
}
