import { isDeepStrictEqual } from 'node:util';
import { ProxmoxActions } from '../api/proxmox-actions.ts';
import { openProxmoxClient, type ProxmoxClient } from '../api/proxmox-client.ts';
import type { TransportOptions } from '../api/transport.ts';
import type { ActionRight } from '../types/action.ts';
import { AppError } from '../types/errors.ts';
import type { Credential, ProviderConfig } from '../types/provider.ts';
import type { App } from './app.ts';
import { resolveCredential } from './config/secret.ts';
import type { Target } from './config/select-providers.ts';
import { resolveTls } from './config/tls.ts';
import { trustCommand } from './config/trust-advice.ts';

/** Connections to one Proxmox VE; must be closed. */
export interface OpenedCalls {
  reading: ProxmoxClient;
  /** With the credential for actions; connects when it is first used. Throws AppError. */
  writing(): Promise<ProxmoxActions>;
  /** What its owner allows. */
  allow: readonly ActionRight[];
  close(): void;
}

/** Throws AppError; `unconfirmed` where the settings of the provider are not those that were sealed, before anything is sent. */
export async function openCalls(app: App, target: Target, warn: (text: string) => void): Promise<OpenedCalls> {
  await (await app.gate()).requireConfirmed(target.stored);
  const config = target.used;
  const reading = openProxmoxClient(await transportOptions(app, config, { credential: config.credential, warn }));
  let actions: ProxmoxActions | undefined;
  return {
    reading,
    writing: async () => {
      requireVerified(config);
      const credential = config.actionCredential ?? config.credential;
      actions ??= new ProxmoxActions(await transportOptions(app, config, { credential, warn }));
      return actions;
    },
    allow: allowedBy(target),
    close: () => {
      reading.close();
      actions?.close();
    },
  };
}

async function transportOptions(
  app: App,
  config: ProviderConfig,
  { credential, warn }: { credential: Credential; warn: (text: string) => void },
): Promise<TransportOptions> {
  const { machine, flags, env } = app;
  const sources = { ...(await app.secretSources(config)), signal: machine.signal };
  const resolved = await resolveCredential(credential, sources);
  if (resolved.kind === 'login') {
    throw new AppError('configuration', 'Proxmox VE is asked with a token or a password', {
      hint: 'give --token-id and --secret, or --user and --password',
    });
  }
  return {
    endpoints: config.endpoints,
    tls: resolveTls(config.tls),
    credential: resolved,
    clock: () => machine.clock().getTime(),
    signal: machine.signal,
    onWarning: warn,
    trustCommand: trustCommand(config, { flags, env, cwd: machine.cwd }),
  };
}

/** What was allowed was allowed for the server that is stored. */
function allowedBy({ stored, used }: Target): readonly ActionRight[] {
  const isStored = stored.id !== undefined && isDeepStrictEqual(stored.endpoints, used.endpoints);
  return isStored && isDeepStrictEqual(stored.tls, used.tls) ? (stored.allow ?? []) : [];
}

function requireVerified({ name, tls }: ProviderConfig): void {
  if (tls.mode !== 'insecure') return;
  throw new AppError('refused', `${name}: nothing is sent to a server whose certificate is not verified`, {
    hint: `rollcall providers trust ${name}`,
  });
}
