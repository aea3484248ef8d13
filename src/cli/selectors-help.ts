import { CONFIG_FIELD, SELECTOR_FIELDS } from '../services/selectors/selector-fields.ts';

const GRAMMAR = `A selector says which guests are meant. list-* and show-changes take several; show takes one that only one guest matches.

  web-01   web-*          a name; * stands for any text, ? for one character, and case does not matter
  100      100-199        a vmid, or a range of them
  prod/web-*  prod/100    of one provider
  tag=prod                a comparison: = != > >= < <=
  tag=prod,memory>8G      a comma means and
  tag=prod tag=test       a space means or, as does a second selector; a word after a space needs its field: name=web
  !tag=prod               ! means not
  node=pve1,(tag=a tag=b) parentheses group
  name="Web 1"            a value with spaces, commas or parentheses needs quotation marks

In a shell, put a selector into quotation marks: list-vms 'memory>8G'. Sizes have a unit (512M, 8G, 1.5T), and so have durations
(90s, 5m, 24h, 14d, 2w). A guest of which a value is not known does not match, whatever the comparison, but for !=. Of several
values, such as tags or snapshots, any may match; tag!=prod means that none does. With --at, a selector is compared with the guests
as they were, and ages are counted back from that time; how long a guest runs and its lock are not known of the past.
`;

const EXAMPLES = `
Examples:
  $ rollcall list-vms 'status=running,memory>=16G' --sort -memory
  $ rollcall list-guests '!pool=*' 'created<24h'
  $ rollcall list-guests 'snapshot.age>14d,template=no'
  $ rollcall list-hosts 'ip=10.0.0.0/24'
  $ rollcall list-vms 'config.net*.bridge=vmbr1,config.onboot=1'
  $ rollcall show-changes 'tag=prod,node=pve*' --since 7d
`;

/** `rollcall help selectors`. */
export function selectorsHelp(): string {
  const rows = [...SELECTOR_FIELDS, CONFIG_FIELD].map(({ name, about, example }) => ({ name, about, example }));
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const exampleWidth = Math.max(...rows.map(({ example }) => example.length));
  const lines = rows.map(
    ({ name, about, example }) => `  ${name.padEnd(nameWidth)}  ${example.padEnd(exampleWidth)}  ${about}`,
  );
  return [GRAMMAR, 'Fields:', ...lines, EXAMPLES].join('\n');
}
