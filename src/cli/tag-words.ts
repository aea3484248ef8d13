import { CATALOGUE } from './catalogue.ts';

/** `-test`, and no `-o` or `--yes`. */
const REMOVED = /^-([A-Za-z0-9_][A-Za-z0-9_.+-]+)$/;

/** Of `rollcall tag web-01 +prod -test` a tag that goes looks like options: it is given as one, `--remove=test`. */
export function withRemovedTags(args: readonly string[]): readonly string[] {
  const names = new Set(Object.values(CATALOGUE).flatMap((entries) => entries.map(({ name }) => name)));
  const at = args.findIndex((word) => names.has(word));
  if (args[at] !== 'tag') return args;
  const end = args.indexOf('--', at);
  return args.map((word, index) => {
    const tag = index > at && (end < 0 || index < end) ? REMOVED.exec(word)?.[1] : undefined;
    return tag === undefined ? word : `--remove=${tag}`;
  });
}
