import { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import type { ProviderRow } from '../../types/inventory.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import type { ProviderConfig } from '../../types/provider.ts';
import { variable } from '../config/environment.ts';
import { askForSecrets, keepSecrets } from '../config/kept-secret.ts';
import { Problems } from '../config/problems.ts';
import { checkName } from '../config/provider-name.ts';
import { type CredentialFlags, hasCredentialFlags, newProvider } from '../config/provider-settings.ts';
import { toSchedule } from '../config/schedule.ts';
import { referencesOf } from '../config/secret.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import { plural } from '../output/format.ts';
import { trustOnFirstUse } from '../trust.ts';
import { type ProviderOptions, SECRETS_HELP, withProviderOptions } from './provider-options.ts';

const HELP = `
Connects before it stores, to see that the credential works and that no other provider stands for this cluster already. The
address, and the trust in its certificate, come from --endpoint, --ca-file, --fingerprint and --insecure, else from the
environment; a certificate that nobody vouches for is shown on a terminal and has to be confirmed.
${SECRETS_HELP}
Without any of it the variables of the environment (PROXMOX_VE_API_TOKEN, …) are referred to; their values are not stored.

Examples:
  $ rollcall providers add prod --endpoint pve1.example.com,pve2.example.com \\
      --token-id rollcall@pve!ro --secret file:/etc/rollcall/prod.secret
  $ rollcall providers add lab --endpoint https://10.0.0.5:8006 --fingerprint AA:BB:…
  $ rollcall providers add home --endpoint pve --token-id rollcall@pve!ro --secret keyring:rollcall/home --interval 5m`;

export function addProviderCommand(context: CliContext): Command {
  return withProviderOptions(new Command('add').description('store a provider').argument('<name>'))
    .addHelpText('after', HELP)
    .action(async (name: string, { interval, cron, autoDiscover, check, ...flags }: ProviderOptions) => {
      const schedule = await toSchedule({
        ...(interval !== undefined && { interval }),
        ...(cron !== undefined && { cron }),
        ...(autoDiscover !== undefined && { autoDiscover }),
      });
      await refuseTakenName(context, name);
      const { config: described, given } = await newConfig(context, name, flags);
      const gate = await context.gate();
      gate.allowTyped(flags);
      const isChecked = check !== false;
      const config = isChecked ? await orUnchecked(withTrust(context, described, given)) : described;
      const identity = isChecked ? await orUnchecked(connect(context, config, given)) : null;
      await refuseTwin(context, config, identity);
      await keepSecrets(given, context.io.keyring);
      const repository = await context.providerRepository();
      await repository.add(config, { now: context.now(), ...schedule, ...(identity && { identity }) });
      gate.commands.keep();
      tellStored(context, config, { identity, kept: [...given.keys()] });
    });
}

async function refuseTakenName(context: CliContext, name: string): Promise<void> {
  const all = await (await context.inventory()).listProviders();
  if (!all.some((one) => one.name === name)) return;
  throw new AppError('configuration', `there is a provider ${name} already`, {
    hint: 'choose another name, or change it with `rollcall providers update`',
  });
}

function refuseBadName(name: string): void {
  const problems = new Problems();
  checkName(name, problems);
  problems.throwIfAny();
}

/** What flags and environment say; what they leave open is asked for on a terminal. */
async function newConfig(
  context: CliContext,
  name: string,
  flags: CredentialFlags,
): Promise<{ config: ProviderConfig; given: ReadonlyMap<string, string> }> {
  const { io, env, connectionFlags } = context;
  const { ask, keyring } = io;
  if (ask) refuseBadName(name);
  const asked = ask
    ? await askForSecrets(await withTokenId(context, flags), { ask, keyring, env, name, stored: null })
    : { flags, given: new Map<string, string>() };
  const problems = new Problems();
  const made = newProvider(name, { flags: connectionFlags, credential: asked.flags, env, cwd: io.cwd }, problems);
  problems.throwIfAny();
  if (made === null) throw new Error('settings without problems make a provider');
  return { config: made, given: asked.given };
}

/** Neither flags nor environment say who logs in: the id of a token is asked for. */
async function withTokenId({ io, env }: CliContext, flags: CredentialFlags): Promise<CredentialFlags> {
  const names = ['PROXMOX_VE_API_TOKEN', 'PROXMOX_TOKEN_ID', 'PROXMOX_USER', 'PROXMOX_PASSWORD'];
  const isNamed = names.some((name) => variable(env, name) !== undefined);
  if (!io.ask || isNamed || hasCredentialFlags(flags)) return flags;
  return { ...flags, tokenId: (await io.ask.text(escapeText('Id of the API token (user@realm!name)'))).trim() };
}

/** A certificate of which nobody said anything is looked at before a secret is sent. */
async function withTrust(
  context: CliContext,
  config: ProviderConfig,
  given: ReadonlyMap<string, string>,
): Promise<ProviderConfig> {
  if (config.tls.mode !== 'system') return config;
  const tls = await trustOnFirstUse(context, config.endpoints, (prints) => commandLine(config, given, prints));
  return { ...config, tls };
}

/** Throws AppError when it cannot be reached, is not trusted, or does not accept the credential. */
async function connect(
  context: CliContext,
  config: ProviderConfig,
  given: ReadonlyMap<string, string>,
): Promise<ClusterIdentity> {
  const provider = await context.openProvider(config, { given });
  try {
    return await provider.identify(context.io.signal);
  } finally {
    provider.close();
  }
}

/** What cannot be reached now may be stored all the same. */
async function orUnchecked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AppError) || !['unreachable', 'timeout', 'node-unreachable'].includes(error.code))
      throw error;
    const hint = [error.hint, '--no-check stores it without a connection'].filter(Boolean).join('; ');
    throw new AppError(error.code, error.message, { hint, retryable: error.retryable });
  }
}

/** The command line that adds it with these certificates. A secret that was typed is asked for again. */
function commandLine(
  { name, endpoints, credential }: ProviderConfig,
  given: ReadonlyMap<string, string>,
  fingerprints: string,
): string {
  const [reference = ''] = referencesOf(credential);
  const who = credential.kind === 'token' ? ['--token-id', credential.tokenId] : ['--user', credential.user];
  const words = given.has(reference)
    ? who
    : [...who, credential.kind === 'token' ? '--secret' : '--password', reference];
  const isFromEnvironment = reference.startsWith('env:PROXMOX_');
  const login = isFromEnvironment ? '' : ` ${words.map(quoted).join(' ')}`;
  return `rollcall providers add ${name} --endpoint ${endpoints.join(',')}${login} --fingerprint ${fingerprints}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}

async function refuseTwin(
  context: CliContext,
  { name, endpoints }: ProviderConfig,
  identity: ClusterIdentity | null,
): Promise<void> {
  const twin: ProviderRow | null = await (await context.inventory()).findCluster(identity, endpoints);
  if (twin === null) return;
  throw new AppError(
    'configuration',
    `${clusterText(identity)} is provider ${twin.name} already; ${name} was not stored`,
    {
      hint: `to give it another address: rollcall providers update ${twin.name} --endpoint ${endpoints.join(',')}`,
    },
  );
}

function clusterText(identity: ClusterIdentity | null): string {
  if (identity === null) return 'this address';
  const { clusterName, nodeNames } = identity;
  if (clusterName !== null) return `cluster ${clusterName}`;
  return nodeNames.length === 0 ? 'this cluster' : `host ${nodeNames.join(', ')}`;
}

function tellStored(
  { output }: CliContext,
  { name }: ProviderConfig,
  { identity, kept }: { identity: ClusterIdentity | null; kept: readonly string[] },
): void {
  for (const reference of kept) output.note(`kept the secret as ${reference}`);
  if (identity === null) {
    output.note(`stored ${name}; check it with \`rollcall providers test ${name}\``);
    return;
  }
  output.note(`stored ${name}: ${clusterText(identity)}, ${plural(identity.nodeNames.length, 'node')}`);
  if (identity.rootCa === null) {
    output.warn(`${name}: who this cluster is could not be read, so it is not told apart from others by its CA`);
  }
}
