import path from 'node:path';
import { Command, Option } from 'commander';
import { writeExpectationFile } from '../../app/expectation-files.ts';
import type { CliContext } from '../context.ts';
import { repeated } from '../options.ts';
import { plural } from '../output/format.ts';

/** What `check` reads and `expect init` writes, unless another file is named. */
export const EXPECTATIONS_FILE = 'expectations.yaml';
/** Beside it, for editors. */
const SCHEMA_FILE = 'expectations.schema.json';

interface InitOptions {
  from: string[];
  force?: true;
}

const HELP = `
Writes a rule for each --from: what all guests that the selector selects have in common now, so that \`check\` finds no deviation
until something changes. Guests that cannot be observed are left out. FILE is ${EXPECTATIONS_FILE} without another name. Beside it,
${SCHEMA_FILE} is written, with which editors complete and check the file; one that is there stays.

Examples:
  $ rollcall expect init --from tag=prod
  $ rollcall expect init production.yaml --from 'tag=prod,kind=vm' --from 'tag=prod,kind=container'
  $ rollcall expect init --from 100 --force && rollcall check`;

export function initExpectationsCommand(context: CliContext): Command {
  return new Command('init')
    .description('write a file of expectations from what guests have in common')
    .argument('[file]', 'where to write it', EXPECTATIONS_FILE)
    .addOption(
      new Option('--from <selector>', 'guests whose values are taken; may be repeated, for a rule each')
        .argParser(repeated)
        .makeOptionMandatory(),
    )
    .option('--force', 'replace a file that exists')
    .addHelpText('after', HELP)
    .action(async (file: string, { from, force }: InitOptions) => {
      const { proposeRules } = await import('../../services/checks/init-service.ts');
      const { expectationText } = await import('../checks/expectation-text.ts');
      const { provider } = context.options;
      const { cwd } = context.io;
      const { rules, guests } = await proposeRules(await context.app.checks(), {
        selects: from,
        now: context.now(),
        ...(provider && { provider }),
      });
      const whenThere = force ? 'replace' : 'refuse';
      writeExpectationFile({ file, cwd, text: expectationText(rules, { schema: SCHEMA_FILE }) }, whenThere);
      const schema = path.join(path.dirname(file), SCHEMA_FILE);
      writeExpectationFile({ file: schema, cwd, text: await schemaText() }, force ? 'replace' : 'keep');
      context.output.note(`${file}: ${plural(rules.length, 'rule')}, made from ${plural(guests, 'guest')}`);
      context.output.hint(
        file === EXPECTATIONS_FILE
          ? '`rollcall check` compares with it'
          : `\`rollcall check ${file}\` compares with it`,
      );
    });
}

export async function schemaText(): Promise<string> {
  const { expectationJsonSchema } = await import('../../services/checks/expectation-schema.ts');
  return `${JSON.stringify(expectationJsonSchema(), null, 2)}\n`;
}
