import type { Environment } from './environment.ts';
import { variable } from './environment.ts';
import { isProviderName } from './provider-name.ts';
import { followsEnvironment, type StoredProvider } from './provider-overrides.ts';

/**
 * The stored provider under the name that PROXMOX_VE_NAME gives it now. Only one that nobody has stored by a command takes it:
 * the name of another one is its owner's choice.
 */
export function renamedByEnvironment(stored: StoredProvider, env: Environment): StoredProvider {
  const name = otherName(stored, env);
  return name === undefined || !followsEnvironment(stored) ? stored : { ...stored, name, formerName: stored.name };
}

/** Why a provider keeps its name although the environment gives it another one. */
export function keptName(stored: StoredProvider, env: Environment): { message: string; hint: string }[] {
  const name = otherName(stored, env);
  if (name === undefined) return [];
  return [
    {
      message: `PROXMOX_VE_NAME is ${name}, but this server is stored as ${stored.name}, which keeps its name`,
      hint: `unset PROXMOX_VE_NAME, or: rollcall providers update ${stored.name} --rename ${name}`,
    },
  ];
}

function otherName({ name }: StoredProvider, env: Environment): string | undefined {
  const wanted = variable(env, 'PROXMOX_VE_NAME');
  return wanted !== undefined && wanted !== name && isProviderName(wanted) ? wanted : undefined;
}
