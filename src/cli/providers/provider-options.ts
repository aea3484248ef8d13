import type { Command } from 'commander';
import type { CredentialFlags } from '../../app/config/provider-settings.ts';
import type { ScheduleFlags } from './schedule.ts';

/** What `providers add` and `providers update` have in common. */
export type ProviderOptions = CredentialFlags & ScheduleFlags & { check?: false };

export const SECRETS_HELP = `
A secret is given as a reference, and only the reference is stored:
  env:NAME                 an environment variable
  file:/path               a file that nobody else can read (mode 600)
  keyring:SERVICE/ACCOUNT  an entry in the system's keyring; if it is missing, a terminal prompts for the secret
  command:PROGRAM ARGS     the first line that a program prints; it runs without a shell, and quotes group words
Without a reference, a terminal prompts for the secret without echo, and then for the place to keep it.
`;

export function withProviderOptions(command: Command): Command {
  return command
    .option('--token-id <id>', 'API token id: user@realm!name')
    .option('--secret <reference>', "reference to the token's secret: env:NAME, file:/path, keyring:…, command:…")
    .option('--user <user>', 'user@realm, to log in with a password')
    .option('--password <reference>', 'reference to the password')
    .option('--totp <reference>', "reference to the second factor's key (base32)")
    .option('--interval <duration>', 'how often `watch` syncs it: 5m, 1h; off for the default of `watch`')
    .option('--cron <expression>', "when `watch` syncs it: '*/10 * * * *'; off for the default of `watch`")
    .option('--auto-discover', 'let `watch` sync it')
    .option('--no-auto-discover', 'sync it only by discover-*')
    .option('--no-check', 'store it without connecting');
}
