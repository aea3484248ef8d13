import { type Command, Option } from 'commander';
import type { ScheduleFlags } from '../../app/config/provider-schedule.ts';
import type { CredentialFlags } from '../../app/config/provider-settings.ts';
import { DEFAULT_MANIFEST, MANIFESTS } from '../../app/registry.ts';
import { ACTING_HELP, type ActingFlags, withActingOptions } from './acting-options.ts';

/** What `providers add` and `providers update` have in common. */
export type ProviderOptions = CredentialFlags & ScheduleFlags & ActingFlags & { check?: false };

export const SECRETS_HELP = `
A secret is given as a reference, and only the reference is stored:
  env:NAME                 an environment variable
  file:/path               a file that nobody else can read (mode 600)
  keyring:SERVICE/ACCOUNT  an entry in the system's keyring; if it is missing, a terminal prompts for the secret
  command:PROGRAM ARGS     the first line that a program prints; it runs without a shell, and quotes group words
Without a reference, a terminal prompts for the secret without echo, and then for the place to keep it.
${ACTING_HELP}`;

/** Which kind of infrastructure it is. */
export function typeOption(): Option {
  return new Option('--type <type>', 'kind of the provider')
    .choices(MANIFESTS.map(({ kind }) => kind))
    .default(DEFAULT_MANIFEST.kind);
}

/** What every kind says of a flag that it has; equal words once. */
function helpOf(flag: string): string {
  const helps = MANIFESTS.flatMap(({ kind, logins }) =>
    logins
      .flatMap(({ id, secrets }) => [id, ...secrets].filter((field) => field.flag === flag))
      .map(({ help }) => ({ kind, help })),
  );
  const [first, ...others] = helps.filter(({ help }, index) => helps.findIndex((one) => one.help === help) === index);
  return [first?.help, ...others.map(({ kind, help }) => `${kind}: ${help}`)].join('; ');
}

export function withProviderOptions(command: Command): Command {
  const reading = command
    .option('--token-id <id>', helpOf('--token-id'))
    .option('--secret <reference>', helpOf('--secret'))
    .option('--user <user>', helpOf('--user'))
    .option('--password <reference>', helpOf('--password'))
    .option('--totp <reference>', helpOf('--totp'))
    .option('--login <way>', helpOf('--login'));
  return withActingOptions(reading)
    .option('--interval <duration>', 'how often `watch` syncs it: 5m, 1h; off for the default of `watch`')
    .option('--cron <expression>', "when `watch` syncs it: '*/10 * * * *'; off for the default of `watch`")
    .option('--auto-discover', 'let `watch` sync it')
    .option('--no-auto-discover', 'sync it only by discover-*')
    .option('--no-check', 'store it without connecting');
}
