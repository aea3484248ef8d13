import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { CONFIG_SCOPE } from '../base-rules.ts';
import { attempt, completeScope, failedScope } from '../scope-reports.ts';
import type { Instance } from './answers.ts';
import { customType, type MachineTypes } from './guest-observation.ts';
import type { Project } from './project.ts';

/** Each type that is in use is asked for once, wherever it is: a type is the same in all projects and zones. */
export async function readMachineTypes(
  used: readonly { project: Project; rows: readonly Instance[] }[],
  signal: AbortSignal | undefined,
): Promise<{ types: MachineTypes; scope: ScopeReport }> {
  const wanted = new Map<string, { project: Project; zone: string }>();
  for (const { project, rows } of used) {
    for (const { machineType, zone } of rows) {
      if (machineType && zone && customType(machineType) === null && !wanted.has(machineType))
        wanted.set(machineType, { project, zone });
    }
  }
  const asked = [...wanted].map(async ([name, { project, zone }]) => {
    return [name, await attempt(project.machineType(zone, name, signal))] as const;
  });
  const answers = await Promise.all(asked);
  const types = new Map(answers.flatMap(([name, type]) => (type instanceof AppError ? [] : [[name, type] as const])));
  const failure = answers.map(([, type]) => type).find((type) => type instanceof AppError);
  if (failure === undefined) return { types, scope: completeScope(CONFIG_SCOPE, types.size) };
  const scope = failedScope(CONFIG_SCOPE, failure, types.size);
  // A project whose instances are listed tells of types as well: where that is refused, something is wrong.
  return { types, scope: scope.coverage === 'filtered' ? { ...scope, coverage: 'error' } : scope };
}
