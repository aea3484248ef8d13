import type { ActionSubject, Parameters } from '../../../types/action.ts';
import { configPrivileges } from './config-needs.ts';

/** Parameters of a creation that are no configuration. */
const NO_CONFIGURATION = /^(?:ostemplate|password|pool|ssh-public-keys|storage|unprivileged|features)$/;

/** What the account needs on a guest to give it these settings: one of each, each once. */
export function settingPrivileges(kind: ActionSubject['kind'], settings: Parameters): (readonly string[])[] {
  const needed = Object.entries(settings)
    .filter(([key]) => !NO_CONFIGURATION.test(key))
    .map(([key, after]) => configPrivileges(kind, { key, before: null, after, isSecret: false }));
  return eachOnce(needed);
}

/** Sorted. */
export function eachOnce(needed: readonly (readonly string[])[]): (readonly string[])[] {
  const byText = new Map(needed.map((anyOf) => [anyOf.join(' '), anyOf]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, anyOf]) => anyOf);
}
