import type { PveMigratePreconditions } from '../../../api/plan-types.ts';
import type { PveNodeStorage } from '../../../api/pve-types.ts';
import type { Action } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import { readBridges } from './bridges.ts';
import { bridgesOf, cardsOf } from './cards.ts';
import { type Disk, disksOf } from './disk.ts';
import type { Scene, SceneReader } from './scene.ts';

type MigrateAction = Extract<Action, { verb: 'migrate' }>;

/** What a migration is planned from besides the guest. */
export interface MigrateFacts {
  /** What the server says about it; its error, where it refuses to; null: it has no such question. */
  preconditions: PveMigratePreconditions | AppError | null;
  /** Of both nodes; null: the node cannot be asked. */
  storages: { source: readonly PveNodeStorage[]; target: readonly PveNodeStorage[] | null };
  /** Of the target; null: it shows none. */
  bridges: readonly string[] | null;
  /** Those of the guest's cards, sorted. */
  usedBridges: readonly string[];
  disks: readonly Disk[];
}

export const NO_FACTS: MigrateFacts = {
  preconditions: null,
  storages: { source: [], target: null },
  bridges: null,
  usedBridges: [],
  disks: [],
};

export async function readMigrateFacts(
  reader: SceneReader,
  { target }: MigrateAction,
  { subject, guest, cluster }: Scene,
): Promise<MigrateFacts> {
  if (guest === null || subject.node === target || cluster.nodes.get(target) !== true) return NO_FACTS;
  const { client, acting, signal } = reader;
  const [preconditions, source, targets, bridges] = await Promise.all([
    attempt(acting.plans.getMigratePreconditions(subject, target, { signal })),
    client.getNodeStorage(subject.node, { signal }),
    attempt(client.getNodeStorage(target, { signal })),
    readBridges(reader, target),
  ]);
  return {
    preconditions: isUnasked(preconditions) ? null : preconditions,
    storages: { source, target: targets instanceof AppError ? null : targets },
    bridges,
    usedBridges: bridgesOf(cardsOf(guest.config)),
    disks: disksOf(subject.kind, guest.config),
  };
}

/** The server has no such call, or answers it to nobody without the privilege that is missed anyway. */
function isUnasked(answer: unknown): boolean {
  return answer instanceof AppError && (answer.code === 'forbidden' || /not implemented/i.test(answer.message));
}
