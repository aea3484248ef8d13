import type { Command } from 'commander';
import { parseDurationMs } from '../../text/time.ts';
import { NOTIFY_KINDS } from '../../types/notify.ts';
import { collect, groupedOption as option, repeated, wholeNumber } from '../options.ts';

export interface AddOptions {
  url?: string;
  secret?: string;
  token?: string;
  topic?: string;
  room?: string;
  smtp?: string;
  from?: string;
  to?: string[];
  user?: string;
  password?: string;
  tls?: true;
  starttls: 'required' | 'never';
  allowPrivate?: true;
  timeout: number;
  kind?: string[];
  select?: string[];
  path?: string[];
  by?: string[];
  batchOver: number;
  staleAfter: number;
  quietHours?: string[];
  timeZone?: string;
  dropQuiet?: true;
  template?: string;
}

const TARGET = 'Where to:';
const WHAT = 'What about:';
const HOW = 'When and how:';

const duration = (text: string): number => parseDurationMs(text);

export function withNotifierOptions(command: Command): Command {
  const options = [
    option(TARGET, '--url <url>', 'address of the receiver; a reference (env:NAME, file:/path) if it holds a secret'),
    option(TARGET, '--secret <reference>', 'webhook: key that signs every message'),
    option(TARGET, '--token <reference>', 'webhook, ntfy, matrix: token, sent as Authorization: Bearer'),
    option(TARGET, '--topic <topic>', 'ntfy: topic, or a reference to it'),
    option(TARGET, '--room <id>', 'matrix: id of the room, !abc:example.com'),
    option(TARGET, '--smtp <host:port>', 'email: mail server (port 587, with --tls 465)'),
    option(TARGET, '--from <address>', 'email: sender'),
    option(TARGET, '--to <addresses>', 'email: receivers').argParser(collect),
    option(TARGET, '--user <name>', 'email: name to log in with'),
    option(TARGET, '--password <reference>', 'email: password to log in with'),
    option(TARGET, '--tls', 'email: encrypted from the first byte, in place of STARTTLS'),
    option(TARGET, '--starttls <when>', 'email: `never` sends in plain text')
      .choices(['required', 'never'])
      .default('required'),
    option(TARGET, '--allow-private', 'the receiver may have a loopback, private or link-local address'),
    option(TARGET, '--timeout <duration>', 'command: end it after this time, at most 15s')
      .argParser(duration)
      .default(10_000, '10s'),
    option(WHAT, '--kind <kinds>', `only these kinds of events: ${NOTIFY_KINDS.join(', ')}`).argParser(collect),
    option(WHAT, '--select <selector>', 'only of these guests; may be repeated (rollcall help selectors)').argParser(
      repeated,
    ),
    option(WHAT, '--path <paths>', 'of changed and state: only these fields, such as memory or net*.bridge').argParser(
      collect,
    ),
    option(WHAT, '--by <actors>', 'only changes by these users, or by unknown').argParser(collect),
    option(WHAT, '--stale-after <duration>', 'sync-stale: not read completely for this long')
      .argParser(duration)
      .default(86_400_000, '24h'),
    option(HOW, '--batch-over <count>', 'one message for a run in which more guests than this changed')
      .argParser(wholeNumber(0))
      .default(10),
    option(HOW, '--quiet-hours <ranges>', 'deliver nothing at these times of day: 22:00-07:00').argParser(collect),
    option(HOW, '--time-zone <zone>', 'of the quiet hours, such as Europe/Berlin (default: of this machine)'),
    option(HOW, '--drop-quiet', 'drop what happens in quiet hours; otherwise it is delivered when they end'),
    option(HOW, '--template <text>', 'text of the messages, with {{title}}, {{details}}, …'),
  ];
  for (const one of options) command.addOption(one);
  return command;
}
