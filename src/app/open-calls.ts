import { ProxmoxActions } from '../api/proxmox-actions.ts';
import { openProxmoxClient, type ProxmoxClient } from '../api/proxmox-client.ts';
import type { TransportOptions } from '../api/transport.ts';
import { EndpointHealthRepository } from '../repositories/providers/endpoint-health.ts';
import type { ActionRight } from '../types/action.ts';
import { AppError } from '../types/errors.ts';
import type { Credential, ProviderConfig } from '../types/provider.ts';
import type { App } from './app.ts';
import { connectsAsStored } from './config/credential-scope.ts';
import { resolveCredential } from './config/secret.ts';
import type { Target } from './config/select-providers.ts';
import { resolveTls } from './config/tls.ts';
import { trustCommand } from './config/trust-advice.ts';
import { requireVerified } from './stored-connection.ts';

export interface CallsIo {
  warn: (text: string) => void;
  /** Ends reads. */
  signal: AbortSignal;
  /** Ends everything at once: a write under way is not given up before. */
  insist: AbortSignal;
}

/** Connections to one Proxmox VE; must be closed. */
export interface OpenedCalls {
  reading: ProxmoxClient;
  /** With the credential for actions; connects when it is first used. Throws AppError. */
  writing(): Promise<ProxmoxActions>;
  /** What its owner allows. */
  allow: readonly ActionRight[];
  close(): void;
}

/**
 * Connects for calls of any endpoint, whose answers are as the server gives them. What is written to, and read for that, is the
 * provider as it is stored, whatever flags and variables say. Throws AppError; `unconfirmed` where its settings are not those that
 * were sealed, before anything is sent.
 */
export async function openCalls(
  app: App,
  target: Target,
  { isWrite, io }: { isWrite: boolean; io: CallsIo },
): Promise<OpenedCalls> {
  const { stored, used } = target;
  await (await app.gate()).requireConfirmed(stored);
  const config = isWrite ? stored : used;
  const { credential, actionCredential = credential, allow = [] } = config;
  if (isWrite && allow.length > 0) requireVerified(config);
  const isAsStored = isWrite || connectsAsStored(target);
  const known = isAsStored ? await new EndpointHealthRepository(await app.connection()).load(stored.name) : [];
  const open = (one: Credential, signal: AbortSignal): Promise<TransportOptions> =>
    transportOptions(app, config, { credential: one, io, signal });
  const reading = openProxmoxClient({ ...(await open(credential, io.signal)), knownEndpoints: known });
  let actions: ProxmoxActions | undefined;
  return {
    reading,
    writing: async () => {
      actions ??= new ProxmoxActions({ ...(await open(actionCredential, io.insist)), knownEndpoints: known });
      return actions;
    },
    allow: isWrite ? allow : [],
    close: () => {
      reading.close();
      actions?.close();
    },
  };
}

async function transportOptions(
  app: App,
  config: ProviderConfig,
  { credential, io, signal }: { credential: Credential; io: CallsIo; signal: AbortSignal },
): Promise<TransportOptions> {
  const { machine, flags, env } = app;
  const resolved = await resolveCredential(credential, { ...(await app.secretSources(config)), signal });
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
    signal,
    onWarning: io.warn,
    trustCommand: trustCommand(config, { flags, env, cwd: machine.cwd }),
  };
}
