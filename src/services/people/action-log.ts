import type { ActionQuery, ActionRepository } from '../../repositories/people/action-repository.ts';
import type { Action, ActionRecord, Actor } from '../../types/people.ts';

/** Who did what, from where, and how it ended. */
export class ActionLog {
  readonly #actions: Pick<ActionRepository, 'add' | 'list'>;
  readonly #clock: () => Date;
  readonly #newId: () => string;

  constructor(actions: Pick<ActionRepository, 'add' | 'list'>, machine: { clock: () => Date; newId: () => string }) {
    this.#actions = actions;
    this.#clock = machine.clock;
    this.#newId = machine.newId;
  }

  async record(actor: Actor, { action, target = null, detail = null, outcome = 'done' }: Action): Promise<void> {
    const { name, via, address } = actor;
    const [id, at] = [this.#newId(), this.#clock()];
    await this.#actions.add({ id, at, actor: name, via, address, action, target, detail, outcome });
  }

  /** The newest first. */
  async list(query: ActionQuery): Promise<ActionRecord[]> {
    return this.#actions.list(query);
  }
}
