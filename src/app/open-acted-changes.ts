import { ActedRepository } from '../repositories/actions/acted-repository.ts';
import type { Connection } from '../repositories/db/connection.ts';
import { ActedChanges } from '../services/history/acted-changes.ts';

export function openActedChanges(connection: Connection): ActedChanges {
  return new ActedChanges(new ActedRepository(connection));
}
