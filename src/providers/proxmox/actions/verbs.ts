import type { Action, GuestPlan } from '../../../types/action.ts';
import { backup } from './backup.ts';
import { clone } from './clone.ts';
import { create } from './create.ts';
import { destroy } from './destroy.ts';
import { migrate } from './migrate.ts';
import { moveDisk } from './move-disk.ts';
import { type PlanContext, toGuestPlan, type VerbPlanner } from './planner.ts';
import { power } from './power.ts';
import { resizeDisk } from './resize-disk.ts';
import { restore } from './restore.ts';
import type { Scene, SceneReader } from './scene.ts';
import { set } from './set.ts';
import { snapshotCreate } from './snapshot-create.ts';
import { snapshotDelete } from './snapshot-delete.ts';
import { snapshotRollback } from './snapshot-rollback.ts';
import { tag } from './tag.ts';
import { template } from './template.ts';

/** The plan of an action on a guest that was read. Throws AppError where what it needs besides cannot be read. */
export function planVerb(
  reader: SceneReader,
  action: Action,
  more: PlanContext & { scene: Scene },
): Promise<GuestPlan> {
  switch (action.verb) {
    case 'start':
    case 'stop':
    case 'reset':
    case 'resume':
    case 'shutdown':
    case 'reboot':
    case 'suspend':
      return planWith(power, reader, { ...more, action });
    case 'snapshot-create':
      return planWith(snapshotCreate, reader, { ...more, action });
    case 'snapshot-delete':
      return planWith(snapshotDelete, reader, { ...more, action });
    case 'snapshot-rollback':
      return planWith(snapshotRollback, reader, { ...more, action });
    case 'set':
      return planWith(set, reader, { ...more, action });
    case 'tag':
      return planWith(tag, reader, { ...more, action });
    case 'resize-disk':
      return planWith(resizeDisk, reader, { ...more, action });
    case 'move-disk':
      return planWith(moveDisk, reader, { ...more, action });
    case 'migrate':
      return planWith(migrate, reader, { ...more, action });
    case 'clone':
      return planWith(clone, reader, { ...more, action });
    case 'create':
      return planWith(create, reader, { ...more, action });
    case 'backup':
      return planWith(backup, reader, { ...more, action });
    case 'restore':
      return planWith(restore, reader, { ...more, action });
    case 'template':
      return planWith(template, reader, { ...more, action });
    case 'destroy':
      return planWith(destroy, reader, { ...more, action });
    default:
      throw new Error(`nothing plans ${action.verb} yet`);
  }
}

async function planWith<A extends Action, Extra>(
  planner: VerbPlanner<A, Extra>,
  reader: SceneReader,
  { action, scene, ...context }: PlanContext & { scene: Scene; action: A },
): Promise<GuestPlan> {
  const extra = await planner.read(reader, action, scene);
  return toGuestPlan(action, scene, planner.plan(action, scene, { ...context, extra }));
}
