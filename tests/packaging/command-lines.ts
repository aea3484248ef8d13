import path from 'node:path';
import type { Command } from 'commander';
import { wholeProgram } from '../../src/cli/program.ts';

/** Where a command line runs: a folder with a database that holds the cluster `lab`. */
export interface Place {
  dir: string;
  vm: string;
  container: string;
  /** Options of `providers add` for another cluster. */
  elsewhere: readonly string[];
}

export interface Line {
  args: readonly string[];
  /** Of a command that does not end by itself. */
  until?: RegExp;
}

/** An operation in the database of the packed world. */
export const OPERATION_ID = 'o'.repeat(16);

/** A finding and an open proposal there. */
export const FINDING_ID = 'f'.repeat(16);
export const PROPOSAL_ID = 'p'.repeat(16);
/** Files beside the folders of the places. */
export const PRICES_FILE = 'prices.yaml';
export const SERVERS_FILE = 'servers.csv';

/** Of a write that is only shown: all formats have one cluster. */
const DRY = ['--provider', 'second', '--dry-run'];

const MADE = ['--name', 'made', '--node', 'pve1', '--provider', 'acted'];

/** What commands that change guests need beside their name; each with --dry-run, or once in earnest. */
export const ACTING: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ['start', 'shutdown', 'stop', 'reboot', 'reset', 'suspend', 'resume', 'template', 'destroy'].map((name) => [
      name,
      ['acted/100'],
    ]),
  ),
  'snapshot create': ['acted/100', '--name', 'before'],
  'snapshot delete': ['acted/100', '--older-than', '7d'],
  'snapshot rollback': ['acted/100', '--name', 'before'],
  set: ['acted/100', 'memory=1024'],
  tag: ['acted/100', '+prod'],
  'resize-disk': ['acted/100', 'scsi0', '+1G'],
  'move-disk': ['acted/100', 'scsi0', '--storage', 'local'],
  migrate: ['acted/100', '--to', 'pve2'],
  backup: ['acted/100', '--storage', 'backup'],
  restore: ['acted/100', '--from', 'backup:backup/vzdump-qemu-100.vma.zst'],
  clone: ['acted/100', '--name', 'made'],
  'create vm': MADE,
  'create container': [...MADE, '--ostemplate', 'local:vztmpl/none.tar.zst'],
};

/** They go on with what one of those has begun. */
export const CONTINUING = ['apply', 'operations follow', 'operations resume'];

type Arguments = (place: Place) => readonly string[];

/** What a command needs beside its name. One that is not here runs with its name alone. */
const NEEDS: Readonly<Record<string, Arguments>> = {
  show: ({ vm }) => [vm],
  'show-host': ({ vm }) => [vm],
  'show-vm': ({ vm }) => [vm],
  'show-container': ({ container }) => [container],
  'show-changes': () => ['--limit', '3'],
  'import-hosts': ({ dir }) => ['--new', '--format', 'ansible', '--file', path.join(dir, 'hosts.yml'), '--yes'],
  'expect init': ({ dir }) => [path.join(dir, 'expectations.yaml'), '--from', 'kind=vm'],
  check: ({ dir }) => [path.join(dir, 'expectations.yaml')],
  history: ({ vm }) => [vm],
  'completion install': () => ['--shell', 'bash', '--yes'],
  'notify add': () => ['command', 'hook', '/bin/true'],
  ...Object.fromEntries(
    ['show', 'test', 'pause', 'resume', 'remove'].map((name) => [`notify ${name}`, () => ['hook']]),
  ),
  'notify confirm': () => ['hook', '--yes'],
  prune: () => ['--keep', '1h', '--yes'],
  'providers show': () => ['lab'],
  'providers add': ({ elsewhere }) => ['second', ...elsewhere],
  'providers update': () => ['second', '--cron', '*/5 * * * *', '--allow', 'config,snapshot,destroy'],
  'providers remove': () => ['second', '--yes'],
  'providers enable': () => ['second'],
  'providers disable': () => ['second'],
  'providers confirm': () => ['second'],
  'providers trust': () => ['second', '--cluster-ca'],
  serve: () => ['--listen', '127.0.0.1:0'],
  'users add': () => ['alice'],
  ...Object.fromEntries(['show', 'invite', 'disable', 'enable'].map((name) => [`users ${name}`, () => ['alice']])),
  'users remove': () => ['alice', '--yes'],
  'users update': () => ['alice', '--display-name', 'Alice'],
  'tokens add': () => ['root', '--name', 'ci', '--role', 'viewer'],
  'tokens revoke': () => ['root', 'ci'],
  'api get': () => ['/nodes', '--provider', 'second'],
  'api create': () => ['/nodes/pve1/qemu/100/snapshot', 'snapname=before', ...DRY],
  'api set': () => ['/nodes/pve1/qemu/100/config', 'memory=512', ...DRY],
  'api delete': () => ['/nodes/pve1/qemu/100', ...DRY],
  'operations show': () => [OPERATION_ID],
  'operations cancel': () => [OPERATION_ID],
  ...Object.fromEntries(['show', 'reopen'].map((name) => [`findings ${name}`, () => [FINDING_ID]])),
  'findings accept': () => [FINDING_ID, '--reason', 'known'],
  'findings assign': () => [FINDING_ID, 'alice'],
  'accounts add': () => ['acme', '--id', 'shop:1'],
  'accounts add-id': () => ['acme', 'shop:2'],
  'accounts remove-id': () => ['acme', 'shop:2'],
  'accounts remove': () => ['acme'],
  'panel add': ({ dir }) => ['shop', '--type', 'file', '--file', path.join(dir, '..', SERVERS_FILE)],
  ...Object.fromEntries(['show', 'test', 'remove'].map((name) => [`panel ${name}`, () => ['shop']])),
  'panel update': () => ['shop', '--select', 'tag=prod'],
  'panel link': ({ vm }) => ['shop', '1', vm],
  'panel unlink': () => ['shop', '1'],
  'panel confirm': () => ['shop', '--yes'],
  'billing prices set': ({ dir }) => [path.join(dir, '..', PRICES_FILE)],
  'billing show': () => [PROPOSAL_ID],
  'billing reject': () => [PROPOSAL_ID, '--reason', 'a gift'],
  'billing apply': () => ['--all', '--yes'],
  'db backup': ({ dir }) => [path.join(dir, 'backup.db')],
  'db new-key': () => ['--yes'],
  'db copy': ({ dir }) => ['--to', `file:${path.join(dir, 'copy.db')}`],
};

/** What commands that run until they are ended print when they are at work. */
const UNTIL: Readonly<Record<string, RegExp>> = {
  watch: /lab/,
  serve: /serving http/,
  lab: /until it is ended/,
};

/** The command line of a command. */
export function lineOf(name: string, place: Place): Line {
  const until = UNTIL[name];
  return { args: [...name.split(' '), ...(NEEDS[name]?.(place) ?? [])], ...(until && { until }) };
}

/** What others need, or take away. */
const FIRST = [
  'billing prices set',
  'billing reject',
  'findings show',
  'findings accept',
  'findings reopen',
  'findings assign',
  'panel add',
];
/** Their status says that findings are open. */
export const FINDING_COMMANDS = ['reconcile', 'list-findings'];

/** They take away what others use. */
const LAST = ['providers disable', 'providers remove', 'db new-key'];

/** Every command of the catalogue that does something itself (`providers add`), in an order in which each finds what it needs. */
export async function commandNames(): Promise<string[]> {
  const program = await wholeProgram({
    stdout: () => undefined,
    stderr: () => undefined,
    env: {},
    cwd: '/',
    isTTY: false,
    isErrTTY: false,
    signal: new AbortController().signal,
    clock: () => new Date(0),
    newId: () => '',
  });
  const leaves = (command: Command, names: readonly string[]): string[] =>
    command.commands.length === 0
      ? [names.join(' ')]
      : command.commands.flatMap((child) => leaves(child, [...names, child.name()]));
  const names = leaves(program, []);
  const rest = names.filter((name) => !FIRST.includes(name) && !LAST.includes(name));
  return [...FIRST, ...rest, ...LAST];
}
