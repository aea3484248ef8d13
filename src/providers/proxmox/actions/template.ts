import type { Action, Check } from '../../../types/action.ts';
import { commonChecks } from './checks.ts';
import { call, type Draft, NO_CALLS, ownTask, type PlanContext, pathOf, type VerbPlanner } from './planner.ts';
import { stoppedCheck } from './restore-checks.ts';
import type { LiveGuest, Scene } from './scene.ts';
import { readSnapshots, type Snapshot } from './snapshots.ts';

type Template = Extract<Action, { verb: 'template' }>;

export const template: VerbPlanner<Template, readonly Snapshot[]> = {
  right: 'clone',
  read: (reader, _, scene) => readSnapshots(reader, scene),
  plan: planTemplate,
};

function planTemplate(
  _: Template,
  scene: Scene,
  { known, allow, extra }: PlanContext & { extra: readonly Snapshot[] },
): Draft {
  const { subject, guest } = scene;
  const needs = [{ path: `/vms/${subject.vmid}`, anyOf: ['VM.Allocate'] }];
  const checks = commonChecks(scene, { right: 'clone', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks };
  if (guest.isTemplate) return { ...NO_CALLS, checks, effects: ['it is a template already: nothing is sent'] };
  return {
    checks: [...checks, ...templateChecks(guest, extra)],
    calls: [
      call(subject, {
        verb: 'POST',
        path: pathOf(subject, '/template'),
        words: 'make it a template',
        // Of a container the answer is the end of it. Source: pve-container src/PVE/API2/LXC.pm, template.
        task: subject.kind === 'qemu' ? ownTask(subject, 'template') : null,
        proof: { kind: 'config', values: { template: '1' }, digest: null },
        sets: { template: '1' },
      }),
    ],
    risks: [
      { kind: 'irreversible', text: 'it does not start again, and nothing makes it a guest again but a full clone' },
    ],
    effects: ['it is a template, to clone others from'],
  };
}

/** Source: qemu-server src/PVE/API2/Qemu.pm template, pve-container src/PVE/API2/LXC.pm template. */
function templateChecks({ isRunning }: LiveGuest, snapshots: readonly Snapshot[]): Check[] {
  const names = snapshots.map(({ name }) => name).join(', ');
  return [
    stoppedCheck(isRunning),
    snapshots.length === 0
      ? { name: 'snapshot', ok: true, text: 'it has no snapshots' }
      : {
          name: 'snapshot',
          ok: false,
          text: `it has snapshots: ${names}`,
          hint: 'delete them first: rollcall snapshot delete',
        },
  ];
}
