import { Command } from 'commander';
import type { CliContext } from '../context.ts';

const HELP = `
Examples:
  $ rollcall expect schema > expectations.schema.json
  $ rollcall expect schema | jq '.properties.rules.items.properties.expect.properties | keys'`;

export function expectationSchemaCommand(context: CliContext): Command {
  return new Command('schema')
    .description('print the JSON schema of files of expectations, for editors')
    .addHelpText('after', HELP)
    .action(async () => {
      const { expectationJsonSchema } = await import('../../services/checks/expectation-schema.ts');
      const { toJson } = await import('../output/serialize.ts');
      context.io.stdout(toJson(expectationJsonSchema()));
    });
}
