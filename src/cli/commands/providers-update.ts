import { Command } from 'commander';
import { findEndpoints, findTls } from '../../app/config/environment-provider.ts';
import { Problems } from '../../app/config/problems.ts';
import { checkName } from '../../app/config/provider-name.ts';
import { toSchedule } from '../../app/config/provider-schedule.ts';
import { type CredentialFlags, credentialFromFlags, hasCredentialFlags } from '../../app/config/provider-settings.ts';
import { providerEntry } from '../../app/registry.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderRow, ProviderSchedule } from '../../types/inventory.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import { type Credential, credentialName, type ProviderConfig } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { actionFlags } from '../providers/acting-options.ts';
import { askForSecrets, keepSecrets } from '../providers/kept-secret.ts';
import { plannedActing } from '../providers/planned-acting.ts';
import { type ProviderOptions, SECRETS_HELP, withProviderOptions } from '../providers/provider-options.ts';
import { recordAction } from '../providers/record-action.ts';

type ProviderUpdate = Partial<Omit<ProviderConfig, 'type' | 'id' | 'actionCredential'>> &
  Partial<ProviderSchedule> & { actionCredential?: Credential | null };
type UpdateOptions = ProviderOptions & { rename?: string };

export function updateProviderCommand(context: CliContext): Command {
  return withProviderOptions(new Command('update').description('change a stored provider').argument('<name>'))
    .option('--rename <name>', 'rename the provider; its history is kept')
    .addHelpText(
      'after',
      `
Only the given settings change. A new address is connected to before it is stored, and must lead to the same cluster. A new
credential also ends a pause after failures.
${SECRETS_HELP}
Examples:
  $ rollcall providers update prod --endpoint pve1.example.com,pve3.example.com
  $ rollcall providers update prod --secret command:'pass show proxmox/rollcall' --interval 10m
  $ rollcall providers update prod --cron '*/10 6-20 * * 1-5'
  $ rollcall providers update prod --allow power,snapshot --action-token-id 'rollcall@pve!act' \\
      --action-secret file:/etc/rollcall/prod-act.secret
  $ rollcall providers update prod --allow none`,
    )
    .action(async (name: string, { check, ...options }: UpdateOptions) => {
      const stored = await context.app.storedProvider(name);
      const { update, given } = await plannedUpdate(context, stored, options);
      if (Object.keys(update).length === 0) {
        throw new AppError('usage', 'nothing to change is given', { hint: 'see `rollcall providers update --help`' });
      }
      const gate = await context.app.gate();
      const isSealed = SEALED.some((field) => update[field] !== undefined);
      if (isSealed) await gate.requireConfirmed(stored);
      gate.allowTyped(options);
      gate.allowTyped(actionFlags(options));
      const { actionCredential: _, ...connection } = update;
      if (check !== false && update.endpoints) await refuseOtherCluster(context, { ...stored, ...connection }, given);
      await keepSecrets(given, context.io.keyring);
      await (await context.app.providerRepository()).update(stored, update, context.now());
      const changed = await context.app.storedProvider(stored.id);
      // From now on this machine takes none of the settings before these.
      if (isSealed) await gate.requireConfirmed(changed);
      const fields = Object.keys(update);
      const { allow } = update;
      await recordAction(context, 'provider.change', stored.name, { fields, ...(allow && { allow }) });
      gate.commands.keep();
      for (const reference of given.keys()) context.output.note(`kept the secret as ${reference}`);
      context.output.note(`changed ${changed.name}`);
      adviseActing(context, changed, update);
    });
}

const SEALED = ['endpoints', 'tls', 'credential', 'name', 'allow', 'actionCredential'] as const;

function adviseActing({ output }: CliContext, stored: ProviderRow, update: ProviderUpdate): void {
  const { name, allow, actionCredential, tls } = stored;
  if (update.endpoints && actionCredential !== undefined)
    output.note(`the credential for actions, ${credentialName(actionCredential)}, goes to the new address as well`);
  if (allow.length === 0 || !(update.allow || update.actionCredential || update.tls)) return;
  if (tls.mode === 'insecure')
    output.warn(`${name}: nothing is done while its certificate is not verified`, `rollcall providers trust ${name}`);
  output.hint(`see whether its rights are enough: rollcall providers test ${name}`);
}

async function plannedUpdate(
  context: CliContext,
  stored: ProviderRow,
  { interval, cron, autoDiscover, rename, ...flags }: UpdateOptions,
): Promise<{ update: ProviderUpdate; given: ReadonlyMap<string, string> }> {
  const schedule = await toSchedule({
    ...(interval !== undefined && { interval }),
    ...(cron !== undefined && { cron }),
    ...(autoDiscover !== undefined && { autoDiscover }),
  });
  const { app, io } = context;
  const problems = new Problems();
  const { manifest } = providerEntry(stored);
  const endpoints = app.flags.endpoint && findEndpoints(app.flags, {}, problems, manifest);
  const tls = findTls(app.flags, { env: {}, cwd: io.cwd, manifest }, problems);
  if (rename !== undefined) checkName(rename, problems);
  const { credential, given } = await changedCredential(context, stored, flags, problems);
  const acting = await plannedActing(context, { ...actingOf(stored), manifest, flags }, problems);
  problems.throwIfAny();
  const update = {
    ...(endpoints && { endpoints }),
    ...(tls && { tls }),
    ...(credential && { credential }),
    ...acting.settings,
    ...schedule,
    ...(rename !== undefined && { name: rename }),
  };
  return { update, given: new Map([...given, ...acting.given]) };
}

function actingOf({ name, actionCredential }: ProviderRow) {
  return { name, stored: actionCredential ?? null };
}

async function changedCredential(
  { io, app, output }: CliContext,
  stored: ProviderRow,
  flags: CredentialFlags,
  problems: Problems,
) {
  if (!hasCredentialFlags(flags)) return { credential: null, given: new Map<string, string>() };
  const { env } = app;
  const { ask, keyring } = io;
  const { name, credential } = stored;
  const asked = ask
    ? await askForSecrets(flags, {
        ask,
        refuse: ({ message }) => output.error(message),
        keyring,
        env,
        name,
        stored: credential,
      })
    : { flags, given: new Map<string, string>() };
  return {
    credential: credentialFromFlags(
      asked.flags,
      { stored: credential, manifest: providerEntry(stored).manifest },
      problems,
    ),
    given: asked.given,
  };
}

/** A new address of the provider must not belong to another cluster. */
async function refuseOtherCluster(
  context: CliContext,
  config: ProviderConfig & { identity: ClusterIdentity | null },
  given: ReadonlyMap<string, string>,
): Promise<void> {
  if (config.identity === null) return;
  const provider = await context.app.openProvider(config, { given });
  try {
    const seen = await provider.identify(context.io.signal);
    const rules = await context.app.rulesOf(config);
    if (rules.compareIdentity(config.identity, seen) !== 'other') return;
    throw new AppError('wrong-cluster', `${config.endpoints.join(', ')} is another cluster than ${config.name} was`, {
      hint: 'add it as a provider of its own: rollcall providers add NAME --endpoint …',
    });
  } finally {
    provider.close();
  }
}
