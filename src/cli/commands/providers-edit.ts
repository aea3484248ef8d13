import { Command, Option } from 'commander';
import { AppError } from '../../types/errors.ts';
import type { ProviderConfig } from '../../types/provider.ts';
import { findEndpoints, findTls } from '../config/environment-provider.ts';
import { Problems } from '../config/problems.ts';
import {
  type CredentialFlags,
  checkName,
  credentialFromFlags,
  hasCredentialFlags,
  newProvider,
} from '../config/provider-settings.ts';
import { noSuchProvider } from '../config/select-providers.ts';
import type { CliContext } from '../context.ts';
import { parseDurationMs } from '../time.ts';

type ProviderUpdate = Partial<Omit<ProviderConfig, 'type'>> & { discoverInterval?: number | null };

interface EditOptions extends CredentialFlags {
  /** Minutes; 0: off. */
  interval?: number;
  rename?: string;
}

const HELP = `
The address and the trust in its certificate come from --endpoint, --ca-file, --fingerprint and --insecure, else from the
environment. A secret is given as a reference: env:NAME, file:/path (with mode 600), command:PROGRAM ARGUMENTS (run without a
shell; words are separated by spaces, quotes hold them together; the secret is its first line). Without one, the variables of
the environment are referred to, and their values are not stored.
`;

/** Minutes; 0 for `off`, because commander takes null for a missing value. */
function discoverInterval(text: string): number {
  if (text === 'off') return 0;
  const minutes = Math.round(parseDurationMs(text) / 60_000);
  if (minutes < 1) throw new AppError('usage', `'${text}' is too short an interval`, { hint: 'write 5m or 1h' });
  return minutes;
}

function withCredentialOptions(command: Command): Command {
  return command
    .option('--token-id <id>', 'user@realm!name')
    .option('--secret <reference>', "of the token's secret: env:NAME, file:/path, command:…")
    .option('--user <user>', 'user@realm, to log in with a password')
    .option('--password <reference>', 'of the password')
    .option('--totp <reference>', "of the second factor's key (base32)")
    .addOption(
      new Option('--interval <duration>', 'how often `watch` syncs it; off for its default').argParser(discoverInterval),
    );
}

export function addProviderCommand(context: CliContext): Command {
  return withCredentialOptions(new Command('add').description('store a provider').argument('<name>'))
    .addHelpText(
      'after',
      `${HELP}
Examples:
  $ rollcall providers add prod --endpoint pve1.example.com,pve2.example.com \\
      --token-id rollcall@pve!ro --secret file:/etc/rollcall/prod.secret
  $ rollcall providers add lab --endpoint https://10.0.0.5:8006 --fingerprint AA:BB:…`,
    )
    .action(async (name: string, { interval, ...credential }: Omit<EditOptions, 'rename'>) => {
      const problems = new Problems();
      const config = newProvider(
        name,
        { flags: context.connectionFlags, credential, env: context.env, cwd: context.io.cwd },
        problems,
      );
      problems.throwIfAny();
      if (config === null) throw new Error('settings without problems make a provider');
      await (await context.providerRepository()).add(config, {
        now: context.now(),
        ...(interval !== undefined && { discoverInterval: interval || null }),
      });
      context.output.note(`stored ${name}; check it with \`rollcall providers test --provider ${name}\``);
    });
}

export function updateProviderCommand(context: CliContext): Command {
  return withCredentialOptions(new Command('update').description('change a stored provider').argument('<name>'))
    .option('--rename <name>', 'its new name; its history goes with it')
    .addHelpText(
      'after',
      `
Only what is given changes.

Examples:
  $ rollcall providers update prod --endpoint pve1.example.com,pve3.example.com
  $ rollcall providers update prod --secret command:'pass show proxmox/rollcall' --interval 10m`,
    )
    .action(async (name: string, options: EditOptions) => {
      const update = await plannedUpdate(context, name, options);
      if (Object.keys(update).length === 0) {
        throw new AppError('usage', 'nothing to change is given', { hint: 'see `rollcall providers update --help`' });
      }
      await (await context.providerRepository()).update(name, update);
      context.output.note(`changed ${update.name ?? name}`);
    });
}

async function plannedUpdate(
  context: CliContext,
  name: string,
  { interval, rename, ...credential }: EditOptions,
): Promise<ProviderUpdate> {
  const all = await (await context.inventory()).listProviders();
  const stored = all.find((one) => one.name === name);
  if (!stored) throw noSuchProvider([name], all);
  const { connectionFlags: flags, io } = context;
  const problems = new Problems();
  const endpoints = flags.endpoint && findEndpoints(flags, {}, problems);
  const tls = findTls(flags, {}, io.cwd, problems);
  const changed = hasCredentialFlags(credential) ? credentialFromFlags(credential, stored.credential, problems) : null;
  if (rename !== undefined) checkName(rename, problems);
  problems.throwIfAny();
  return {
    ...(endpoints && { endpoints }),
    ...(tls && { tls }),
    ...(changed && { credential: changed }),
    ...(interval !== undefined && { discoverInterval: interval || null }),
    ...(rename !== undefined && { name: rename }),
  };
}
