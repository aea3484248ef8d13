import { Command } from 'commander';
import { adoptable, adoption, clusterText, refuseTakenName } from '../../app/adopt-provider.ts';
import { Problems } from '../../app/config/problems.ts';
import { checkName } from '../../app/config/provider-name.ts';
import { toSchedule } from '../../app/config/provider-schedule.ts';
import { type CredentialFlags, newProvider } from '../../app/config/provider-settings.ts';
import { DEFAULT_MANIFEST, providerEntry } from '../../app/registry.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderRow } from '../../types/inventory.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import { credentialName, type ProviderConfig, referencesOf, settingsOf } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { plural } from '../output/format.ts';
import { type ActingFlags, actionFlags } from '../providers/acting-options.ts';
import { withAddress, withId } from '../providers/ask-provider.ts';
import type { Refusal } from '../providers/ask-until.ts';
import { askAgain, askForSecrets, keepSecrets } from '../providers/kept-secret.ts';
import { actingWords, plannedActing } from '../providers/planned-acting.ts';
import { type ProviderOptions, SECRETS_HELP, typeOption, withProviderOptions } from '../providers/provider-options.ts';
import { recordAction } from '../providers/record-action.ts';
import { trustOnFirstUse } from '../providers/trust.ts';

const HELP = `
Connects before it stores, to check that the credential works and that no other provider already represents this cluster.
The address and the trust in its certificate come from --endpoint, --ca-file, --fingerprint and --insecure, otherwise from the
environment. A terminal shows an untrusted certificate and asks for confirmation. It also prompts for a missing address and
token, checks each answer, and prompts again until the answer works. A provider that only the environment has described so far
becomes the stored provider and keeps its history.
${SECRETS_HELP}
Without any of these options, the provider refers to the environment variables (PROXMOX_VE_API_TOKEN, …; for vsphere
VSPHERE_SERVER, VSPHERE_USER and VSPHERE_PASSWORD); their values are not stored.

Examples:
  $ rollcall providers add prod --endpoint pve1.example.com,pve2.example.com \\
      --token-id rollcall@pve!ro --secret file:/etc/rollcall/prod.secret
  $ rollcall providers add lab --endpoint https://10.0.0.5:8006 --fingerprint AA:BB:…
  $ rollcall providers add home --endpoint pve --token-id rollcall@pve!ro --secret keyring:rollcall/home --interval 5m
  $ rollcall providers add dc1 --type vsphere --endpoint vcenter.example.com --user rollcall@vsphere.local
  $ rollcall providers add aws --type aws --endpoint organization --login profile:audit
  $ rollcall providers add shop --type gcp --endpoint my-project,folders/123456789012
  $ rollcall providers add cloud --type azure --endpoint all
  $ rollcall providers add cloud --type azure --endpoint all --login secret:TENANT/CLIENT --secret keyring:azure/rollcall
  $ rollcall providers add cp --type virtfusion --endpoint cp.example.com --token-id rollcall --secret env:VF_TOKEN
  $ rollcall providers add bigfix --type bigfix --endpoint bigfix.example.com --user rollcall --password env:BF_PASSWORD`;

type AddOptions = ProviderOptions & { type: string };

/** Of a secret that the server refuses: more may lock the account. */
const MOST_TRIES = 3;

export function addProviderCommand(context: CliContext): Command {
  return withProviderOptions(new Command('add').description('store a provider').argument('<name>'))
    .addOption(typeOption())
    .addHelpText('after', HELP)
    .action(async (name: string, { type, interval, cron, autoDiscover, check, ...flags }: AddOptions) => {
      const schedule = await toSchedule({
        ...(interval !== undefined && { interval }),
        ...(cron !== undefined && { cron }),
        ...(autoDiscover !== undefined && { autoDiscover }),
      });
      await refuseTakenName(context.app, name);
      const isChecked = check !== false;
      const described = await newConfig(context, name, { type, flags, isChecked });
      const gate = await context.app.gate();
      gate.allowTyped(flags);
      gate.allowTyped(actionFlags(flags));
      const { config, given, identity } = isChecked
        ? await orUnchecked(connected(context, described))
        : { ...described, identity: null };
      const adopted = await adoptable(context.app, config, identity);
      await keepSecrets(given, context.io.keyring);
      const repository = await context.app.providerRepository();
      if (adopted === null)
        await repository.add(config, { now: context.now(), ...schedule, ...(identity && { identity }) });
      else await repository.update(adopted, { ...adoption(config), ...schedule }, context.now());
      const { endpoints, allow } = config;
      await recordAction(context, 'provider.add', name, { endpoints, ...(allow && { allow }) });
      gate.commands.keep();
      tellStored(context, config, { identity, adopted, kept: [...given.keys()] });
    });
}

function refuseBadName(name: string): void {
  const problems = new Problems();
  checkName(name, problems);
  problems.throwIfAny();
}

/** A provider to store, with the secrets that were typed and are not kept yet, by reference. */
interface Described {
  config: ProviderConfig;
  given: ReadonlyMap<string, string>;
}

/** What flags and environment say; what they leave open is asked for on a terminal. */
async function newConfig(
  context: CliContext,
  name: string,
  { type, flags, isChecked }: { type: string; flags: CredentialFlags & ActingFlags; isChecked: boolean },
): Promise<Described> {
  const { io, app, output } = context;
  const { env } = app;
  const { ask, keyring } = io;
  if (ask) refuseBadName(name);
  const { manifest } = providerEntry({ name, type });
  const connection = await withAddress(context, { isChecked, manifest });
  const refuse = ({ message, hint }: Refusal): void => output.error(message, hint);
  const asked = ask
    ? await askForSecrets(await withId(context, flags, manifest), { ask, refuse, keyring, env, name, stored: null })
    : { flags, given: new Map<string, string>() };
  const problems = new Problems();
  const made = newProvider(name, { type, flags: connection, credential: asked.flags, env, cwd: io.cwd }, problems);
  const acting = await plannedActing(context, { name, manifest, flags, stored: null }, problems);
  problems.throwIfAny();
  if (made === null) throw new Error('settings without problems make a provider');
  const { allow = [], actionCredential } = acting.settings;
  const config = settingsOf({ ...made, allow, ...(actionCredential && { actionCredential }) });
  return { config, given: new Map([...asked.given, ...acting.given]) };
}

/** With the trust that was confirmed, the secret that the server accepts, and who it is. */
async function connected(
  context: CliContext,
  { config: described, given }: Described,
): Promise<Described & { identity: ClusterIdentity }> {
  const config = await withTrust(context, described, given);
  const { io, output } = context;
  let typed = given;
  for (let tries = 1; ; tries += 1) {
    try {
      return { config, given: typed, identity: await connect(context, config, typed) };
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === 'unauthenticated';
      if (!isRefused || io.ask === undefined || typed.size === 0 || tries === MOST_TRIES) throw error;
      output.error(error.message, error.hint);
      typed = await askAgain(typed, { ask: io.ask, refuse: ({ message, hint }) => output.error(message, hint) });
    }
  }
}

/** A certificate of which nobody said anything is looked at before a secret is sent. */
async function withTrust(
  context: CliContext,
  config: ProviderConfig,
  given: ReadonlyMap<string, string>,
): Promise<ProviderConfig> {
  if (config.tls.mode !== 'system') return config;
  const tls = await trustOnFirstUse(context, config, (prints) => commandLine(config, given, prints));
  return { ...config, tls };
}

/** Throws AppError when it cannot be reached, is not trusted, or does not accept the credential. */
async function connect(
  context: CliContext,
  config: ProviderConfig,
  given: ReadonlyMap<string, string>,
): Promise<ClusterIdentity> {
  const provider = await context.app.openProvider(config, { given });
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

const NAME_FLAGS = { token: '--token-id', password: '--user', login: '--login' } as const;

/** The command line that adds it with these certificates. A secret that was typed is asked for again. */
function commandLine(config: ProviderConfig, given: ReadonlyMap<string, string>, fingerprints: string): string {
  const { name, type, endpoints, credential } = config;
  const [reference = ''] = referencesOf(credential);
  const who = [NAME_FLAGS[credential.kind], credentialName(credential)];
  const words =
    given.has(reference) || reference === ''
      ? who
      : [...who, credential.kind === 'password' ? '--password' : '--secret', reference];
  const isFromEnvironment = reference.startsWith('env:PROXMOX_');
  const flags = [...(isFromEnvironment ? [] : words), ...actingWords(config, given)];
  const login = flags.map((word) => ` ${quoted(word)}`).join('');
  const kind = type === DEFAULT_MANIFEST.kind ? '' : ` --type ${type}`;
  return `rollcall providers add ${name}${kind} --endpoint ${endpoints.join(',')}${login} --fingerprint ${fingerprints}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}

function tellStored(
  { output }: CliContext,
  { name }: ProviderConfig,
  {
    identity,
    adopted,
    kept,
  }: { identity: ClusterIdentity | null; adopted: ProviderRow | null; kept: readonly string[] },
): void {
  for (const reference of kept) output.note(`kept the secret as ${reference}`);
  if (adopted !== null) {
    const was = adopted.name === name ? '' : `, until now called ${adopted.name},`;
    output.note(`the cluster that the environment describes${was} is stored now; its history stays`);
  }
  if (identity === null) {
    output.note(`stored ${name}; check it with \`rollcall providers test ${name}\``);
    return;
  }
  output.note(`stored ${name}: ${clusterText(identity)}, ${plural(identity.nodeNames.length, 'node')}`);
  if (identity.rootCa === null && identity.systemId === undefined) {
    output.warn(`${name}: who this cluster is could not be read, so it is not told apart from others by its CA`);
  }
}
