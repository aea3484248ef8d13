import type { ReconcileRepository } from '../../repositories/reconcile/reconcile-repository.ts';
import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { PanelReading, PanelRecord, StoredPanel } from '../../types/panel.ts';
import type { Action, Actor } from '../../types/people.ts';
import { identityDigest } from './record-identity.ts';

export interface LinkDeps {
  repository: Pick<ReconcileRepository, 'link' | 'unlink'>;
  /** Throws AppError. */
  read: (panel: StoredPanel) => Promise<PanelReading>;
  record: (by: Actor, action: Action) => Promise<void>;
  clock: () => Date;
}

/** Which guest a record of a panel is, where a person says so. */
export class LinkService {
  readonly #deps: LinkDeps;

  constructor(deps: LinkDeps) {
    this.#deps = deps;
  }

  /** It stays so until somebody takes it back, or the record is gone. Throws AppError('not-found') for a record that the panel does not have. */
  async link(panel: StoredPanel, recordId: string, { guestId, by }: { guestId: string; by: Actor }): Promise<void> {
    const { repository, read, record, clock } = this.#deps;
    const found = requireRecord((await read(panel)).records, recordId, panel.name);
    const digest = identityDigest(found, 'person');
    const said = { by: 'person' as const, since: clock(), linkedBy: by.name, owner: found.owner };
    await repository.link({ panelId: panel.id, recordId, guestId, digest, ...said });
    await record(by, { action: 'panel.link', target: panel.name, detail: { record: recordId, guest: guestId } });
  }

  /** It is matched anew at the next comparison. Throws AppError('not-found') where it was matched with none. */
  async unlink(panel: StoredPanel, recordId: string, by: Actor): Promise<void> {
    if (!(await this.#deps.repository.unlink(panel.id, recordId))) {
      throw new AppError('not-found', `record ${recordId} of ${panel.name} is matched with no guest`);
    }
    await this.#deps.record(by, { action: 'panel.unlink', target: panel.name, detail: { record: recordId } });
  }
}

function requireRecord(records: readonly PanelRecord[], id: string, panelName: string): PanelRecord {
  const found = records.find((one) => one.id === id);
  if (found !== undefined) return found;
  const near = nearest(
    id,
    records.map((one) => one.id),
  );
  throw new AppError('not-found', `${panelName} has no record ${id}`, {
    hint: near === undefined ? `rollcall panel test ${panelName} lists some` : `did you mean ${near}?`,
  });
}
