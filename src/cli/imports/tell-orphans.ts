import { referenceOf } from '../../services/exports/guest-values.ts';
import { compileFilter } from '../../types/wildcard.ts';
import type { CliContext } from '../context.ts';

/**
 * Warns of imported guests that are gone, and names the connections that lead nowhere. `only`: ids of guests that may be named,
 * of which is told even when quiet.
 */
export async function tellOrphans(context: CliContext, only?: ReadonlySet<string>): Promise<void> {
  const { output, options } = context;
  const isMeant = compileFilter(options.provider);
  const gone = (await (await context.app.imports()).list()).filter(
    ({ guest, mark, isGone }) =>
      isGone && mark.archivedAt === null && isMeant(guest.providerName) && (only?.has(guest.id) ?? true),
  );
  const last = gone.at(-1);
  for (const one of gone) {
    const { guest, mark } = one;
    const name = guest.name === null ? '' : ` ${guest.name}`;
    const text = `the imported guest ${referenceOf(guest)}${name} is gone: connection ${mark.name} in ${mark.target} leads nowhere`;
    const hint =
      one === last ? '`rollcall import-hosts --orphans` lists them, --prune or --archive takes them out' : undefined;
    if (only === undefined) output.warn(text, hint);
    else output.problem(text, hint);
  }
}
