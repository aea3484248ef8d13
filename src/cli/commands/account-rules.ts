import { Command } from 'commander';
import { readAccountRules, setAccountRules } from '../../app/open-reconcile.ts';
import { commandActor } from '../../app/user-name.ts';
import { parseRule, ruleText } from '../../services/reconcile/account-rules.ts';
import type { AccountRule } from '../../types/account.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';

const COLUMNS: readonly Column<AccountRule>[] = [
  { key: 'rule', raw: ruleText },
  { key: 'kind', raw: ({ kind }) => kind },
  { key: 'pattern', raw: ({ pattern }) => pattern },
  { key: 'system', raw: ({ system }) => system },
];

const HELP = `
A rule says where the owner of a guest is found, and whose id that is: KIND:PATTERN=SYSTEM. The first rule that finds one counts.

  tag:owner-*=whmcs             the tag owner-42 means the owner 42 of the panel whmcs
  pool:cust-*=whmcs             the same of the pool
  'description:customer: *=cp'  the text after "customer: " in the description
  owner=cp                      the owner that VirtFusion tells, as the panel cp calls it
  file:/etc/owners.csv=whmcs    a CSV file with the columns ref (prod/100) and owner, which nobody else can write

Examples:
  $ rollcall accounts rules
  $ rollcall accounts rules set tag:owner-*=whmcs pool:cust-*=whmcs
  $ rollcall accounts rules set`;

export function accountRulesCommand(context: CliContext): Command {
  const command = new Command('rules')
    .description('show or set the rules that find the owners of guests')
    .usage('[set <rules...>]')
    .addHelpText('after', HELP)
    .action(async () => print(context, await readAccountRules(context.app)));
  return command.addCommand(
    new Command('set')
      .description('set all rules, in their order; without any, there is none')
      .argument('[rules...]', 'KIND:PATTERN=SYSTEM')
      .addHelpText('after', HELP)
      .action(async (texts: string[]) => {
        const rules = texts.map(parseRule);
        await setAccountRules(context.app, rules, commandActor());
        await print(context, rules);
      }),
  );
}

async function print({ output }: CliContext, rules: readonly AccountRule[]): Promise<void> {
  await output.print<readonly AccountRule[], AccountRule>(rules, {
    columns: COLUMNS,
    rows: (value) => value,
    ref: ruleText,
    empty: 'there is no rule: rollcall accounts rules --help',
  });
}
