import type { CertificateInspection, ServerCertificate } from '../net/inspect-certificate.ts';
import type { OpenedProvider } from '../providers/manifest.ts';
import type { ProviderRules } from '../providers/rules.ts';
import type { Connection } from '../repositories/db/connection.ts';
import type { NotifierRepository } from '../repositories/notify/notifier-repository.ts';
import type { ProviderRepository } from '../repositories/providers/provider-repository.ts';
import type { WatchClaims } from '../repositories/providers/watch-claims.ts';
import type { CheckService } from '../services/checks/check-service.ts';
import type { DatabaseService } from '../services/database/database-service.ts';
import type { AuditService } from '../services/history/audit-service.ts';
import type { HistoryService } from '../services/history/history-service.ts';
import type { ImportService } from '../services/imports/import-service.ts';
import type { InventoryService } from '../services/inventory/inventory-service.ts';
import type { ManagerService } from '../services/inventory/manager-service.ts';
import type { LifecycleService } from '../services/lifecycle/lifecycle-service.ts';
import type { NotifyService } from '../services/notify/notify-service.ts';
import type { OperationService } from '../services/operations/operation-service.ts';
import type { PeopleService } from '../services/people/people-service.ts';
import type { SyncService } from '../services/sync/sync-service.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import type { ProviderRow } from '../types/inventory.ts';
import type { ProviderConfig } from '../types/provider.ts';
import { databaseUrl, requireFolder } from './config/database-location.ts';
import { type Environment, variable } from './config/environment.ts';
import type { ConnectionFlags } from './config/environment-provider.ts';
import type { SecretSources } from './config/secret.ts';
import type { Selection, Target } from './config/select-providers.ts';
import type { Machine } from './machine.ts';
import type { NetboxHttp } from './netbox-client.ts';
import type { SettingsGate } from './settings-gate.ts';

export type { CertificateInspection, ServerCertificate };

const CONNECT_TIMEOUT_MS = 10_000;

export interface ConnectOptions {
  /** Secrets that were just given and are not stored yet, by reference. */
  given?: ReadonlyMap<string, string>;
  concurrency?: number | undefined;
  maxGuests?: number | undefined;
  /** Whether power states are asked for where each answer is a live call to a host. */
  asksPower?: boolean | undefined;
  /** Milliseconds that asking the systems inside guests may take after each run. */
  innerBudgetMs?: number | undefined;
  /** What earlier runs found out of the addresses. */
  knownEndpoints?: readonly EndpointReport[] | undefined;
  /** What ends it; by default the end of the program. */
  signal?: AbortSignal | undefined;
  /** Where its warnings go; by default to standard error. */
  onWarning?: ((message: string) => void) | undefined;
}

/** A sync of one provider, over its own connection. */
export interface OpenedSync {
  service: SyncService;
  /** Requests to the provider so far. */
  requestCount(): number;
  close(): void;
}

/** What was said about this use of the program, whoever said it. */
export interface AppSettings {
  /** The database; absent: DATABASE_URL, or the user's own. */
  db?: string | undefined;
  /** May make the folder of a database. */
  isMaker: boolean;
  /** The variables of the process, and of the file that was named. */
  env: Environment;
  /** How a provider is reached, where that is not as it is stored. */
  flags: ConnectionFlags;
  /** The providers that are meant; empty: all. */
  providers: readonly string[];
}

/** Where the program says what nobody asked for. */
export interface Notices {
  warn(message: string, hint?: string): void;
  note(message: string): void;
}

/**
 * Puts the program together: repositories, services and providers, over what a machine has. Everything costly is made when it is
 * first asked for, so that `--help` opens nothing.
 */
export class App {
  readonly machine: Machine;
  readonly #notices: Notices;
  #settings: AppSettings;
  #connection: Promise<Connection> | undefined;
  #gate: SettingsGate | undefined;

  constructor(machine: Machine, notices: Notices) {
    this.machine = machine;
    this.#notices = notices;
    this.#settings = { isMaker: false, env: machine.env, flags: {}, providers: [] };
  }

  /** Before anything is opened. */
  configure(settings: AppSettings): void {
    this.#settings = settings;
  }

  /**
   * The same program over a connection of its own. On SQLite, who reads over the connection of a writer sees what is not committed
   * yet.
   */
  another(): App {
    const app = new App(this.machine, this.#notices);
    app.configure(this.#settings);
    return app;
  }

  /** Of the database; it may hold a password. Throws AppError('configuration'). */
  get databaseUrl(): string {
    return databaseUrl(this.#settings.db, this.env, this.machine.cwd);
  }

  get env(): Environment {
    return this.#settings.env;
  }

  get flags(): ConnectionFlags {
    return this.#settings.flags;
  }

  connection(): Promise<Connection> {
    this.#connection ??= this.#openDatabase();
    return this.#connection;
  }

  /** The database as a whole: it is not opened, and so not migrated, before something of it is asked for. */
  async database(): Promise<DatabaseService> {
    const { DatabaseService } = await import('../services/database/database-service.ts');
    return new DatabaseService(databaseUrl(this.#settings.db, this.env, this.machine.cwd));
  }

  async inventory(): Promise<InventoryService> {
    const connection = await this.connection();
    const { openInventory } = await import('./open-services.ts');
    return openInventory(connection);
  }

  async managers(): Promise<ManagerService> {
    return (await import('./open-managers.ts')).openManagers(await this.connection(), await this.inventory());
  }

  async history(): Promise<HistoryService> {
    const connection = await this.connection();
    const { openHistory } = await import('./open-services.ts');
    return openHistory(connection);
  }

  async checks(): Promise<CheckService> {
    const connection = await this.connection();
    const { openChecks } = await import('./open-services.ts');
    return openChecks(connection);
  }

  async lifecycle(): Promise<LifecycleService> {
    const connection = await this.connection();
    const { openLifecycle } = await import('./open-lifecycle.ts');
    return openLifecycle(connection);
  }

  async audit(): Promise<AuditService> {
    const connection = await this.connection();
    const { openAudit } = await import('./open-services.ts');
    return openAudit(connection);
  }

  async imports(): Promise<ImportService> {
    const connection = await this.connection();
    const { openImports } = await import('./open-services.ts');
    return openImports(connection);
  }

  async providerRepository(): Promise<ProviderRepository> {
    const connection = await this.connection();
    const { ProviderRepository: Repository } = await import('../repositories/providers/provider-repository.ts');
    const { sealWith } = await import('../services/providers/settings.ts');
    return new Repository(connection, sealWith((await (await this.gate()).key()).key));
  }

  /** What stands between the database and the credentials of this machine. */
  async gate(): Promise<SettingsGate> {
    const { SettingsGate: Gate } = await import('./settings-gate.ts');
    this.#gate ??= new Gate({
      env: this.env,
      clock: this.machine.clock,
      note: (message) => this.#notices.note(message),
      connection: () => this.connection(),
      providers: async () => (await this.inventory()).listProviders(),
      isOwnDatabase: this.#settings.db === undefined && variable(this.env, 'DATABASE_URL') === undefined,
    });
    return this.#gate;
  }

  /** The stored provider of that id, or name. Throws AppError('not-found') with the candidates. */
  async storedProvider(reference: string): Promise<ProviderRow> {
    const all = await (await this.inventory()).listProviders();
    const stored = all.find(({ id }) => id === reference) ?? all.find(({ name }) => name === reference);
    if (stored) return stored;
    const { noSuchProvider } = await import('./config/select-providers.ts');
    throw noSuchProvider([reference], all);
  }

  /** The providers to talk to. Warnings about the choice are told. */
  async targets(
    names: readonly string[] = this.#settings.providers,
    warn: (message: string, hint: string) => void = (message, hint) => this.#notices.warn(message, hint),
  ): Promise<readonly Target[]> {
    const stored = await (await this.inventory()).listProviders();
    const { selectProviders } = await import('./config/select-providers.ts');
    const { env, flags } = this;
    const selection: Selection = selectProviders({ stored, flags, env, cwd: this.machine.cwd, names });
    const { nameWarnings } = await import('./config/provider-name.ts');
    const odd = nameWarnings(selection.targets.map((target) => target.stored));
    for (const { message, hint } of [...selection.warnings, ...odd]) warn(message, hint);
    return selection.targets;
  }

  /** Looks at the certificate behind an address; trusts nothing and sends nothing. */
  async inspect(url: string, { type, ca }: { type: string; ca?: string | undefined }): Promise<CertificateInspection> {
    const { inspectCertificate } = await import('../net/inspect-certificate.ts');
    const { providerEntry } = await import('./registry.ts');
    // A signal of its own: Node warns of the eleventh listener, and there may be many addresses.
    const signal = AbortSignal.any([this.machine.signal]);
    return inspectCertificate(url, {
      timeoutMs: CONNECT_TIMEOUT_MS,
      signal,
      words: providerEntry({ name: url, type }).manifest.server,
      ...(ca && { ca }),
    });
  }

  /** The secrets of a provider, by reference, for several connections. Throws AppError('configuration'). */
  async secretsOf(config: ProviderConfig): Promise<ReadonlyMap<string, string>> {
    const { resolveSecrets } = await import('./config/secret.ts');
    return resolveSecrets(config.credential, await this.secretSources(config));
  }

  /** A connection to NetBox; must be closed. Throws AppError('usage') and AppError('configuration'). */
  async netbox(url: string, tokenRef: string): Promise<NetboxHttp> {
    const { resolveSecret } = await import('./config/secret.ts');
    const { NetboxHttp: Client } = await import('./netbox-client.ts');
    const token = await resolveSecret(tokenRef, { ...(await this.secretSources({})), option: '--token' });
    return new Client(url, token, this.machine.signal);
  }

  /** Where references to secrets are looked up. */
  async secretSources(
    { id, name }: { id?: string; name?: string },
    given?: ReadonlyMap<string, string>,
  ): Promise<SecretSources> {
    const { env, machine } = this;
    const stored = async () => (await this.inventory()).listProviders();
    return {
      provider: id === undefined ? undefined : name,
      env,
      processEnv: machine.env,
      cwd: machine.cwd,
      signal: machine.signal,
      keyring: machine.keyring,
      secretVariables: async () => {
        const { secretVariables } = await import('./config/secret.ts');
        return secretVariables(await stored());
      },
      commands: (await this.gate()).commands,
      ...(given && { given }),
    };
  }

  /** Whom to tell of what happens. `signal`: what ends a delivery, by default the end of the program. */
  async notify(signal = this.machine.signal): Promise<NotifyService> {
    const connection = await this.connection();
    const { openNotify } = await import('./open-notify.ts');
    const { openRecords } = await import('./open-services.ts');
    const { machine } = this;
    const records = openRecords(connection);
    const imports = () => this.imports();
    const gate = await this.gate();
    return openNotify({ connection, records, imports, machine, gate, sources: await this.notifySources(), signal });
  }

  /** Where the secrets of notifiers are looked up. */
  async notifySources(): Promise<SecretSources> {
    const { provider: _, ...sources } = await this.secretSources({});
    return sources;
  }

  async notifiers(): Promise<NotifierRepository> {
    const connection = await this.connection();
    const { NotifierRepository: Repository } = await import('../repositories/notify/notifier-repository.ts');
    return new Repository(connection);
  }

  /** Who may use the server. */
  async people(): Promise<PeopleService> {
    const connection = await this.connection();
    const { openPeople } = await import('./open-people.ts');
    return openPeople(connection, this.machine);
  }

  /** What anybody asked for, to be performed by any process that runs a worker (open-operations.ts). */
  async operations(): Promise<OperationService> {
    const { openOperations } = await import('./open-operations.ts');
    return openOperations(this);
  }

  async watchClaims(): Promise<WatchClaims> {
    const connection = await this.connection();
    const { WatchClaims: Claims } = await import('../repositories/providers/watch-claims.ts');
    const { sealWith } = await import('../services/providers/settings.ts');
    return new Claims(connection, sealWith((await (await this.gate()).key()).key));
  }

  /** What a provider's kind decides. Throws AppError('configuration') for a kind that this version does not know. */
  async rulesOf(config: Pick<ProviderConfig, 'name' | 'type'>): Promise<ProviderRules> {
    const { providerEntry } = await import('./registry.ts');
    return (await providerEntry(config).load()).rules;
  }

  /** A connection to one provider; must be closed. */
  async openProvider(config: ProviderConfig, options: ConnectOptions = {}): Promise<OpenedProvider> {
    const { openProvider } = await import('./open-provider.ts');
    const { onWarning = (message: string) => this.#notices.warn(`${config.name}: ${message}`) } = options;
    return openProvider(this, config, { ...options, onWarning });
  }

  /** A sync of one provider, over its own connection; must be closed. */
  async openSync(target: Target, options: ConnectOptions = {}): Promise<OpenedSync> {
    const { openSync } = await import('./open-sync.ts');
    return openSync(this, target, options, (message) => this.#notices.warn(message));
  }

  async close(): Promise<void> {
    const opened = this.#connection;
    this.#connection = undefined;
    // A database that did not open has said so to the command that asked for it.
    const connection = await opened?.catch(() => undefined);
    await connection?.close();
  }

  async #openDatabase(): Promise<Connection> {
    if (!this.#settings.isMaker) requireFolder(this.#settings.db, this.env, this.machine.cwd);
    const { openDatabase } = await import('../repositories/db/database.ts');
    return openDatabase(databaseUrl(this.#settings.db, this.env, this.machine.cwd));
  }
}
