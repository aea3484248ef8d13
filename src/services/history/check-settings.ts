import type { StoredRevision } from '../../repositories/history/history-rows.ts';
import type { AuditedProvider } from '../../repositories/maintenance/audit-repository.ts';
import { isSettingsDetail } from '../../repositories/providers/provider-settings.ts';
import type { Problem } from '../../types/history-query.ts';
import type { RecordedSettings } from '../../types/provider.ts';
import { changedSettings } from '../providers/settings.ts';

/** Compares the settings of providers with the newest revision that recorded them. */
export class SettingsCheck {
  readonly #recorded = new Map<string, RecordedSettings>();
  readonly #damaged: Problem[] = [];

  /** In the order of the chain. */
  revision({ rev, kind, providerId, detail }: StoredRevision): void {
    if (kind !== 'settings') return;
    if (providerId === null || !isSettingsDetail(detail)) {
      this.#damaged.push({ where: `revision ${rev}`, message: 'records no settings of a provider' });
      return;
    }
    this.#recorded.set(providerId, { rev, ...detail });
  }

  /** Of the rows as they are now. A provider that follows the environment has no record. */
  problems(providers: readonly AuditedProvider[]): Problem[] {
    const ids = new Set(providers.map(({ id }) => id));
    const missing = [...this.#recorded].filter(([id]) => !ids.has(id));
    return [
      ...this.#damaged,
      ...missing.map(([id, { rev }]) => ({
        where: `provider ${id}`,
        message: `is missing; revision ${rev} recorded it`,
      })),
      ...providers.flatMap((provider) => this.#provider(provider)),
    ];
  }

  #provider({ id, settingsRev, settings: { value: settings, damage } }: AuditedProvider): Problem[] {
    if (settings === null) return [{ where: `provider ${id}`, message: damage }];
    const where = `provider ${settings.name} (${id})`;
    const recorded = this.#recorded.get(id);
    if (recorded === undefined) {
      return settingsRev === null ? [] : [{ where, message: `no revision ${settingsRev} recorded its settings` }];
    }
    const changed = changedSettings({ stored: settings, recorded });
    if (changed.length > 0) {
      return [{ where, message: `${changed.join(', ')}: not as revision ${recorded.rev} recorded` }];
    }
    return settingsRev === recorded.rev
      ? []
      : [{ where, message: `names another revision than ${recorded.rev}, which recorded its settings last` }];
  }
}
