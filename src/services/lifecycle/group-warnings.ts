import type { LifecycleGroup, LifecycleWarning } from '../../types/lifecycle.ts';

/** By what ends, in the order of the first warning of each. Pure. */
export function groupWarnings(warnings: readonly LifecycleWarning[]): LifecycleGroup[] {
  const groups = new Map<string, LifecycleGroup & { subjects: string[] }>();
  for (const { release, what, ends, urgency, moveTo, note, source, subject } of warnings) {
    const group = groups.get(release);
    if (group) group.subjects.push(subject.ref);
    else groups.set(release, { release, what, ends, urgency, moveTo, note, source, subjects: [subject.ref] });
  }
  return [...groups.values()];
}
