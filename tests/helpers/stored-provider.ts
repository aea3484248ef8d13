import type { World } from './world.ts';

/** Without what the environment would say of a provider. */
export const NO_ENVIRONMENT = {
  PROXMOX_VE_ENDPOINT: undefined,
  PROXMOX_VE_API_TOKEN: undefined,
  PROXMOX_VE_CA_FILE: undefined,
  PROXMOX_VE_NAME: undefined,
};

export function secretOf(token: string): string {
  return token.slice(token.indexOf('=') + 1);
}

/** Runs without PROXMOX_*, with the secret of the lab's token in SECRET. */
export function quiet(world: World) {
  const env = { ...NO_ENVIRONMENT, SECRET: secretOf(world.lab.token) };
  return (line: string) => world.rollcall(line, { env });
}

export function addLine(world: World, name: string, rest = `--fingerprint ${world.lab.fingerprint}`): string {
  return `providers add ${name} --endpoint ${world.lab.url} --token-id root@pam!lab --secret env:SECRET ${rest}`;
}
