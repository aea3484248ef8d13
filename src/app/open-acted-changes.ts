import { ActedRepository } from '../repositories/actions/acted-repository.ts';
import { ActedChanges } from '../services/history/acted-changes.ts';
import type { App } from './app.ts';

/** Which action of this program made which changes. */
export async function openActedChanges(app: App): Promise<ActedChanges> {
  return new ActedChanges(new ActedRepository(await app.connection()));
}
