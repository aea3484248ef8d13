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
      const { EXPECTATION_KEYS, expectationJsonSchema } = await import('../../services/checks/expectation-schema.ts');
      const { output } = context.options;
      // It is JSON, whoever reads it.
      if (output === 'table' || output === 'wide') {
        const { toJson } = await import('../output/serialize.ts');
        return context.io.stdout(toJson(expectationJsonSchema()));
      }
      return context.output.print(expectationJsonSchema(), {
        columns: [{ key: 'expectation', raw: (key) => key }],
        rows: () => EXPECTATION_KEYS,
        ref: (key) => key,
      });
    });
}
