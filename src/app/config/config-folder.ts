import path from 'node:path';
import envPaths from 'env-paths';
import { type Environment, variable } from './environment.ts';

/** The user's own configuration directory, where secrets, keys and allowed commands lie. */
export function configFolder(env: Environment): string {
  const base = variable(env, 'XDG_CONFIG_HOME');
  return base === undefined ? envPaths('rollcall', { suffix: '' }).config : path.join(base, 'rollcall');
}
