import type { Connection } from '../repositories/db/connection.ts';
import { ProviderRepository } from '../repositories/providers/provider-repository.ts';
import { readRecordedSettings } from '../repositories/providers/provider-settings.ts';
import { requireConfirmed, sealWith } from '../services/providers/settings.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderRow } from '../types/inventory.ts';
import type { InventoryKey } from '../types/inventory-key.ts';
import { type ProviderConfig, type RecordedSettings, referencesOf, settingsOf } from '../types/provider.ts';
import { AllowedCommands, commandsIn } from './config/allowed-commands.ts';
import type { Environment } from './config/environment.ts';
import { InventoryKeys } from './config/inventory-keys.ts';
import type { CredentialFlags } from './config/provider-settings.ts';
import { type OpenedKey, openInventoryKey, replaceInventoryKey } from './open-key.ts';

interface GateParts {
  env: Environment;
  clock: () => Date;
  note(message: string): void;
  connection(): Promise<Connection>;
  providers(): Promise<readonly ProviderRow[]>;
  /** Whether the database is the file in the user's data directory: another one may come from anybody. */
  isOwnDatabase: boolean;
}

/**
 * What stands between a database that others may write to and the credentials of this machine: the inventory key, by which the
 * settings of providers are sealed, and the list of commands that may be run for a secret.
 */
export class SettingsGate {
  readonly commands: AllowedCommands;
  readonly #parts: GateParts;
  readonly #keys: InventoryKeys;
  #opened: Promise<OpenedKey> | undefined;

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.commands = new AllowedCommands(parts.env);
    this.#keys = new InventoryKeys(parts.env);
  }

  /** The key of this inventory, which lies beside the database; made when there is none yet. */
  key(): Promise<OpenedKey> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /** Makes a new key; gives its file. */
  async replaceKey(): Promise<string> {
    return replaceInventoryKey(await this.#parts.connection(), this.#keys);
  }

  /** Commands among the references that this user has typed may run, on this machine and for this user. */
  allowTyped({ secret, password, totp }: CredentialFlags): void {
    const typed = [secret, password, totp].filter((reference) => reference !== undefined);
    for (const line of commandsIn(typed)) this.commands.add(line);
  }

  /**
   * Before the credential of a stored provider is used: its settings have to be those that were recorded and sealed. Throws
   * AppError('unconfirmed'), and 'configuration' where this machine cannot tell.
   */
  async requireConfirmed(stored: ProviderConfig): Promise<void> {
    const { id, name } = stored;
    if (id === undefined) return;
    const key = await this.requireKey(name);
    const recorded = await this.recorded(id);
    const rev = requireConfirmed({ providerId: id, stored: settingsOf(stored), recorded }, key);
    const used = this.#keys.usedSettings(key, id);
    if (rev < used) {
      throw new AppError(
        'unconfirmed',
        `the settings of ${name} are those of revision ${rev}, older than those of ${used}`,
        {
          hint: `nothing was sent. If they are right: rollcall providers confirm ${name}`,
        },
      );
    }
    if (rev > used) this.#remember(() => this.#keys.rememberSettings(key, id, rev));
  }

  async isConfirmed(row: ProviderRow): Promise<boolean> {
    try {
      await this.requireConfirmed(row);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'unconfirmed') return false;
      throw error;
    }
  }

  /** What the history recorded last; null: nothing. */
  async recorded(providerId: string): Promise<RecordedSettings | null> {
    return readRecordedSettings((await this.#parts.connection()).reader, providerId);
  }

  /** A configuration that is read only, as a service may have it, remembers nothing; the seal counts all the same. */
  #remember(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }

  /** `name`: whose settings are checked by it. Throws AppError('configuration') where this machine has no key. */
  async requireKey(name: string): Promise<InventoryKey> {
    const { key, problem } = await this.key();
    if (key !== null) return key;
    const { message, hint } = problem;
    throw new AppError('configuration', `the settings of ${name} cannot be checked: ${message}`, {
      ...(hint && { hint }),
    });
  }

  async #open(): Promise<OpenedKey> {
    const connection = await this.#parts.connection();
    const opened = await openInventoryKey(connection, this.#keys);
    if (opened.key === null || !opened.isAdopted || !this.#parts.isOwnDatabase) return opened;
    // Version 0.1 recorded no settings: those of the user's own database count as confirmed. It allowed no actions.
    const repository = new ProviderRepository(connection, sealWith(opened.key));
    for (const { allow: _, actionCredential: __, ...row } of await this.#parts.providers()) {
      await repository.confirm(row, this.#parts.clock());
      for (const line of commandsIn(referencesOf(row.credential))) this.commands.add(line);
      this.#parts.note(`${row.name}: its settings are sealed with the inventory key from now on`);
    }
    this.commands.keep();
    return opened;
  }
}
