import type { Action } from '../../../types/action.ts';
import { LIST_SEPARATORS } from '../../../types/nul-sign.ts';
import { commonChecks } from './checks.ts';
import { changeEffects, configCall } from './config-call.ts';
import { textAt } from './config-changes.ts';
import { type Draft, NO_CALLS, NOTHING_MORE, type PlanContext, type VerbPlanner } from './planner.ts';
import type { Scene } from './scene.ts';

type TagAction = Extract<Action, { verb: 'tag' }>;

export const tag: VerbPlanner<TagAction, null> = {
  right: 'config',
  read: NOTHING_MORE,
  plan: planTag,
};

/** Which tags there may be the server decides (`user-tag-access`, registered tags): what it refuses, it says. */
function planTag(action: TagAction, scene: Scene, { known, allow }: PlanContext): Draft {
  const { subject, guest } = scene;
  const needs = [{ path: `/vms/${subject.vmid}`, anyOf: ['VM.Config.Options'] }];
  const checks = commonChecks(scene, { right: 'config', allow, known, needs });
  if (guest === null) return { ...NO_CALLS, checks };
  const before = textAt(guest.config, 'tags');
  const tags = splitTags(before ?? '');
  const after = withTags(tags, action);
  if (after.length === tags.length && after.every((one, index) => one === tags[index])) {
    return { ...NO_CALLS, checks, effects: [`tags: ${before ?? 'none'}, as they shall be: nothing is sent`] };
  }
  const change = { key: 'tags', before, after: after.length === 0 ? null : after.join(';'), isSecret: false };
  const words = [...action.add.map((one) => `+${one}`), ...action.remove.map((one) => `-${one}`)].join(' ');
  return {
    checks,
    calls: [configCall(subject, [change], { guest, words: `tag ${words}` })],
    risks: [],
    effects: changeEffects(subject.kind, change, guest),
  };
}

function splitTags(text: string): string[] {
  return text.split(LIST_SEPARATORS).filter((one) => one !== '');
}

/** Sorted where they are sorted, as the server sorts them unless it is told otherwise; else new ones come last. */
export function withTags(tags: readonly string[], { add, remove }: Pick<TagAction, 'add' | 'remove'>): string[] {
  const gone = new Set(remove.flatMap((one) => sameTag(tags, one) ?? []));
  const kept = tags.filter((one) => !gone.has(one));
  const added = add.filter((one, index) => sameTag(tags, one) === undefined && add.indexOf(one) === index);
  const isSorted = tags.every((one, index) => index === 0 || (tags[index - 1] ?? '') <= one);
  return isSorted ? [...kept, ...added].sort() : [...kept, ...added];
}

/** Case counts on few clusters: the very tag, or one that differs by nothing else. */
function sameTag(tags: readonly string[], tag: string): string | undefined {
  return tags.find((one) => one === tag) ?? tags.find((one) => one.toLowerCase() === tag.toLowerCase());
}
