import type { Manifest } from '../providers/manifest.ts';
import type { ProviderUpdate } from '../repositories/providers/provider-repository.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderRow, ProviderSchedule } from '../types/inventory.ts';
import type { ClusterIdentity } from '../types/observation.ts';
import { type Credential, type ProviderConfig, referencesOf, type TlsTrust } from '../types/provider.ts';
import { compileFilter } from '../types/wildcard.ts';
import { adoptable, adoption, refuseTakenName } from './adopt-provider.ts';
import type { App } from './app.ts';
import { findEndpoints, findTls } from './config/environment-provider.ts';
import { Problems } from './config/problems.ts';
import { checkName } from './config/provider-name.ts';
import { type CredentialFlags, credentialFromFlags } from './config/provider-settings.ts';
import { providerEntry } from './registry.ts';

/** What of a provider is set by its owner alone, at this machine. */
type Permission = 'allow' | 'actionCredential';

/** What of a provider is asked for from afar, by somebody who has no shell of this machine. */
export interface ManagedProvider extends Omit<ProviderConfig, Permission> {
  schedule: ProviderSchedule;
}

export interface ManageOptions {
  /**
   * Patterns of the references that may be given from afar. What a reference names is read here and sent to the address of the
   * provider: with any reference, whoever may add a provider could read every file of this machine.
   */
  secrets: readonly string[];
  now: Date;
}

/** Stores a provider that answers. Throws AppError. */
export async function addManagedProvider(
  app: App,
  { schedule, ...draft }: ManagedProvider,
  { secrets, now }: ManageOptions,
): Promise<string> {
  const config = checkedConfig(app, draft, null);
  requireAllowed(config.credential, secrets);
  await refuseTakenName(app, config.name);
  const identity = await identify(app, config);
  const adopted = await adoptable(app, config, identity);
  const repository = await app.providerRepository();
  if (adopted === null) return (await repository.add(config, { now, identity, ...schedule })).id;
  await repository.update(adopted, { ...adoption(config), ...schedule }, now);
  return adopted.id;
}

export interface ManagedChange extends Partial<Omit<ProviderConfig, 'type' | 'id' | Permission>> {
  schedule?: ProviderSchedule;
  isEnabled?: boolean;
}

/** Changes a stored provider. Throws AppError. */
export async function changeManagedProvider(
  app: App,
  stored: ProviderRow,
  { schedule, isEnabled, ...change }: ManagedChange,
  { secrets, now }: ManageOptions,
): Promise<void> {
  const config = checkedConfig(app, { ...stored, ...change, type: stored.type }, stored);
  const update = changesOf(stored, config);
  if (Object.keys(update).length > 0) await (await app.gate()).requireConfirmed(stored);
  if (update.endpoints || update.tls || update.credential) {
    refuseOtherActor(stored, update);
    // Credentials that are stored would go wherever the new address is.
    requireAllowed(config.credential, secrets);
    if (stored.actionCredential !== undefined) requireAllowed(stored.actionCredential, secrets);
    await requireSameCluster(app, config, stored.identity);
  }
  const repository = await app.providerRepository();
  if (Object.keys(update).length > 0 || schedule) await repository.update(stored, { ...update, ...schedule }, now);
  if (isEnabled !== undefined && isEnabled !== stored.isEnabled)
    await repository.setEnabled(config.name, isEnabled, now);
}

/** Without a credential of their own, actions go with the one of the reads. */
function refuseOtherActor({ name, allow, actionCredential }: ProviderRow, { credential }: ProviderUpdate): void {
  if (credential === undefined || allow.length === 0 || actionCredential !== undefined) return;
  throw new AppError('configuration', `the credential of ${name} also acts, and is not changed from afar`, {
    hint: `on the machine of the server: rollcall providers update ${name}; or give actions a credential of their own`,
  });
}

function changesOf(stored: ProviderRow, { name, endpoints, tls, credential }: ProviderConfig): ProviderUpdate {
  const isOther = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  return {
    ...(name !== stored.name && { name }),
    ...(isOther(endpoints, stored.endpoints) && { endpoints }),
    ...(isOther(tls, stored.tls) && { tls }),
    ...(isOther(credential, stored.credential) && { credential }),
  };
}

/** As the commands check what is typed. Trust that verifies nothing, or reads a file of this machine, stays for the commands. */
function checkedConfig(
  app: App,
  { name, type, endpoints, tls, credential }: ProviderConfig,
  stored: ProviderRow | null,
): ProviderConfig {
  const problems = new Problems();
  const { manifest } = providerEntry({ name, type });
  checkName(name, problems);
  const found = findEndpoints({ endpoint: [...endpoints] }, {}, problems, manifest);
  const isStored = stored !== null && JSON.stringify(tls) === JSON.stringify(stored.tls);
  const trust = isStored ? tls : checkedTrust(app, { tls, manifest }, problems);
  const checked = credentialFromFlags(toFlags(credential), { stored: null, manifest }, problems);
  problems.throwIfAny();
  if (checked === null) throw new Error('a credential without problems is one');
  return { name, type, endpoints: found, tls: trust, credential: checked };
}

function checkedTrust(
  app: App,
  { tls, manifest }: { tls: TlsTrust; manifest: Manifest },
  problems: Problems,
): TlsTrust {
  if (tls.mode === 'system') return tls;
  if (tls.mode === 'fingerprint' && tls.pins === undefined) {
    const flags = { fingerprint: tls.sha256 };
    return findTls(flags, { env: {}, cwd: app.machine.cwd, manifest }, problems) ?? tls;
  }
  problems.add('this way of trusting a certificate is not taken from afar', 'use `rollcall providers update`');
  return tls;
}

function toFlags(credential: Credential): CredentialFlags {
  if (credential.kind === 'token') return { tokenId: credential.tokenId, secret: credential.secretRef };
  if (credential.kind === 'login') return { login: credential.login, ...secretFlag(credential.secretRef) };
  const { user, passwordRef: password, totpRef } = credential;
  return { user, password, ...(totpRef !== undefined && { totp: totpRef }) };
}

function secretFlag(secretRef: string | undefined): Pick<CredentialFlags, 'secret'> {
  return secretRef === undefined ? {} : { secret: secretRef };
}

/** A login stands for whatever this machine has of the vendor's credentials: it is a reference as well, `login:profile:prod`. */
function requireAllowed(credential: Credential, patterns: readonly string[]): void {
  const isAllowed = compileFilter(patterns);
  // A program is never named from afar, whatever the patterns say.
  const isRefused = (one: string) => one.startsWith('command:') || isAbove(one) || !isAllowed(one);
  const logins = credential.kind === 'login' ? [`login:${credential.login}`] : [];
  const refused = [...referencesOf(credential), ...logins].find(isRefused);
  if (refused === undefined) return;
  throw new AppError('configuration', `the reference ${refused} may not be given here`, {
    hint: `allowed are ${patterns.join(', ')}; who starts the server can allow others with --allow-secret`,
  });
}

/** `file:/run/secrets/../../etc/shadow` is below no folder that a pattern names. */
function isAbove(reference: string): boolean {
  return reference.startsWith('file:') && /(?:^|[/:])\.\.(?:\/|$)/.test(reference);
}

async function identify(app: App, config: ProviderConfig): Promise<ClusterIdentity> {
  const provider = await app.openProvider(config);
  try {
    return await provider.identify(app.machine.signal);
  } finally {
    provider.close();
  }
}

async function requireSameCluster(app: App, config: ProviderConfig, known: ClusterIdentity | null): Promise<void> {
  const seen = await identify(app, config);
  if (known === null || (await app.rulesOf(config)).compareIdentity(known, seen) !== 'other') return;
  throw new AppError('wrong-cluster', `${config.endpoints.join(', ')} is another cluster than ${config.name} was`, {
    hint: 'add it as a provider of its own',
  });
}
