import { subjectOf } from '../../services/actions/plan-guests.ts';
import type { CompiledRule } from '../../services/checks/evaluate.ts';
import { type Deviating, type NotFixed, planFixes } from '../../services/checks/plan-fixes.ts';
import type { CheckReport } from '../../types/check.ts';
import { act } from '../actions/act.ts';
import type { ActOptions } from '../actions/act-options.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';

/** Plans what brings guests to what is expected, and goes on as every command that changes guests. */
export async function fixDeviations(
  context: CliContext,
  {
    report,
    rules,
    deviating,
  }: { report: CheckReport; rules: readonly CompiledRule[]; deviating: readonly Deviating[] },
  options: ActOptions,
): Promise<void> {
  const { actions, notFixed } = planFixes(rules, deviating);
  const unknown = report.findings.filter(({ result }) => result === 'unknown');
  const left = [...notFixed, ...unknown.map((finding) => ({ finding, reason: `unknown: ${finding.reason ?? ''}` }))];
  for (const one of left) context.output.warn(lineOf(one));
  if (actions.length === 0) {
    context.output.note(
      deviating.length === 0 ? 'nothing deviates' : 'nothing of it can be fixed by actions on guests',
    );
    return;
  }
  context.status = EXIT.done;
  await act(context, {
    verb: actions.every(({ action }) => action.verb === actions[0]?.action.verb)
      ? (actions[0]?.action.verb ?? 'set')
      : 'set',
    options,
    requests: async () => actions.map(({ guest, action }) => ({ action, subject: subjectOf(guest), tags: guest.tags })),
  });
  if (isDone(context) && left.length > 0) context.status = notFixed.length > 0 ? EXIT.deviating : EXIT.partial;
}

function isDone({ status }: CliContext): boolean {
  return status === EXIT.done;
}

function lineOf({ finding: { name, vmid, nativeId, path, expectation }, reason }: NotFixed): string {
  return `${name ?? vmid ?? nativeId}: ${path ?? expectation} is left: ${reason}`;
}
