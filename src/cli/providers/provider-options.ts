import type { Command } from 'commander';
import type { CredentialFlags } from '../../app/config/provider-settings.ts';
import type { ScheduleFlags } from './schedule.ts';

/** What `providers add` and `providers update` have in common. */
export type ProviderOptions = CredentialFlags & ScheduleFlags & { check?: false };

export const SECRETS_HELP = `
A secret is given as a reference, and only the reference is stored:
  env:NAME                 a variable of the environment
  file:/path               a file that nobody else can read (mode 600)
  keyring:SERVICE/ACCOUNT  an entry of the system's keyring; on a terminal it is asked for when it is not there
  command:PROGRAM ARGS     the first line that a program prints; run without a shell, quotes hold words together
On a terminal, a secret without a reference is asked for without echo, and then where to keep it.
`;

export function withProviderOptions(command: Command): Command {
  return command
    .option('--token-id <id>', 'user@realm!name')
    .option('--secret <reference>', "of the token's secret: env:NAME, file:/path, keyring:…, command:…")
    .option('--user <user>', 'user@realm, to log in with a password')
    .option('--password <reference>', 'of the password')
    .option('--totp <reference>', "of the second factor's key (base32)")
    .option('--interval <duration>', 'how often `watch` syncs it: 5m, 1h; off for its default')
    .option('--cron <expression>', "when `watch` syncs it: '*/10 * * * *'; off for its default")
    .option('--auto-discover', 'let `watch` sync it')
    .option('--no-auto-discover', 'let only discover-* sync it')
    .option('--no-check', 'store it without a connection');
}
