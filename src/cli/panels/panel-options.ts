import type { Command } from 'commander';
import { groupedOption as option, repeated, wholeNumber } from '../options.ts';

/** What describes a panel on a command line. */
export interface PanelOptions {
  url?: string;
  query?: string;
  view?: string;
  maxRows?: number;
  file?: string;
  format?: 'csv' | 'json' | 'yaml';
  map?: string[];
  token?: string;
  header?: string;
  rows?: string;
  total?: string;
  pageParam?: string;
  firstPage?: number;
  pageUntil?: string;
  next?: string;
  offsetParam?: string;
  limitParam?: string;
  limit?: number;
  identifier?: string;
  secret?: string;
  group?: string[];
  product?: string[];
  select?: string[];
}

const WHERE = 'Where it is:';
const HOW = 'How it is read:';
const WHICH = 'Which guests it is about:';

export function withPanelOptions(command: Command): Command {
  const options = [
    option(WHERE, '--url <url>', 'address; for sql a reference to the URL of the database, which holds its password'),
    option(WHERE, '--file <path>', 'file: where the list is'),
    option(WHERE, '--token <reference>', 'http, virtfusion, netbox: the token'),
    option(WHERE, '--header <name>', 'http: the header that the token is sent in (default: Authorization, as Bearer)'),
    option(WHERE, '--identifier <reference>', 'whmcs: the identifier of the API credential'),
    option(WHERE, '--secret <reference>', 'whmcs: the secret of the API credential'),
    option(HOW, '--query <sql>', 'sql: a statement that lists servers'),
    option(HOW, '--view <name>', 'sql: a view or table that lists servers'),
    option(HOW, '--max-rows <count>', 'sql: refuse a list that is longer (default 100000)').argParser(wholeNumber(1)),
    option(HOW, '--format <format>', 'file: csv, json or yaml (default: by its name)').choices(['csv', 'json', 'yaml']),
    option(
      HOW,
      '--map <field=name>',
      'what a field is called there; may be repeated. http: a JSONata expression',
    ).argParser(repeated),
    option(HOW, '--rows <expression>', 'http: where the rows are in an answer, such as data.servers'),
    option(HOW, '--total <expression>', 'http: how many rows there are in all, such as meta.total'),
    option(HOW, '--page-param <name>', 'http: parameter of the query with the number of the page'),
    option(HOW, '--first-page <number>', 'http: number of the first page (default 1)').argParser(wholeNumber(0)),
    option(HOW, '--page-until <expression>', 'http: true of the last page, such as meta.page >= meta.pages'),
    option(HOW, '--next <expression>', 'http: the address of the next page, such as links.next'),
    option(HOW, '--offset-param <name>', 'http: parameter of the query with the number of rows to skip'),
    option(HOW, '--limit-param <name>', 'http: parameter of the query with the number of rows of a page'),
    option(HOW, '--limit <count>', 'http: rows of a page (default 100)').argParser(wholeNumber(1)),
    option(HOW, '--group <pattern>', 'whmcs: only products of these groups; may be repeated').argParser(repeated),
    option(HOW, '--product <pattern>', 'whmcs: only products of these names; may be repeated').argParser(repeated),
    option(WHICH, '--select <selector>', 'only these guests; may be repeated (rollcall help selectors)').argParser(
      repeated,
    ),
  ];
  for (const one of options) command.addOption(one);
  return command;
}
