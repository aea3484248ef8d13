import { Command, Option } from 'commander';
import { ACT_HELP, type ActOptions, withActOptions } from '../actions/act-options.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../options.ts';

interface TagOptions extends ActOptions {
  add?: string[];
  remove?: string[];
}

const TEXT = `
+TAG gives a tag, -TAG takes one away; the others stay. What a guest has already, or has not, is not sent. Which tags there may be,
and who may give them, is said by the options of the datacenter: the server refuses the others. A tag of one letter is taken away by
--remove.
`;

const EXAMPLES = `
Examples:
  $ rollcall tag web-01 +prod -test
  $ rollcall tag 'name~^web-' +web --dry-run
  $ rollcall tag web-01 db-01 prod/105 --add backup,prod --remove test --yes`;

export function tagCommand(context: CliContext): Command {
  const command = new Command('tag')
    .argument('<refs...>', 'guests: NAME, VMID, PROVIDER/NAME, or a selector; and +TAG or -TAG')
    .addOption(new Option('--add <tags>', 'the same as +TAG, comma-separated').argParser(collect))
    .addOption(new Option('--remove <tags>', 'the same as -TAG, comma-separated').argParser(collect));
  return withActOptions(command)
    .addHelpText('after', `${TEXT}${ACT_HELP}${EXAMPLES}`)
    .action(async (words: string[], options: TagOptions) => {
      const { parseTags } = await import('../actions/parse-tags.ts');
      const { refs, action } = parseTags(words, options);
      const { actOnGuests } = await import('../actions/act.ts');
      await actOnGuests(context, refs, { verb: 'tag', options, action: () => action });
    });
}
