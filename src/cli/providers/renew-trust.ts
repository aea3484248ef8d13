import { renewTrust as renew, type Shown, type TrustTalk } from '../../app/renew-trust.ts';
import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { confirmAll } from './trust.ts';

/** Has the certificates that a provider shows now confirmed at the terminal. Throws AppError('certificate') for what nobody confirms. */
export async function renewTrust(context: CliContext, stored: ProviderConfig): Promise<TlsTrust> {
  return renew(context.app, stored, {}, trustTalk(context, stored));
}

/** Says what is found at the terminal, and asks there whether it is right. */
export function trustTalk(context: CliContext, stored: ProviderConfig): TrustTalk {
  const { io, output } = context;
  return {
    signal: io.signal,
    warn: (message, hint) => output.warn(message, hint),
    note: (message) => output.note(message),
    confirm: async (open) => {
      for (const { url } of open) tellBefore(context, stored.tls, url);
      await confirmAll(context, open, { type: stored.type, command: commandFor(stored.name, open) });
    },
  };
}

function tellBefore({ output }: CliContext, tls: TlsTrust, url: string): void {
  if (tls.mode !== 'fingerprint') return;
  output.say(`until now ${url} was trusted by ${tls.pins?.[url] ?? (tls.sha256 || 'no pin')}`);
}

function commandFor(name: string, open: readonly Shown[]): string {
  const prints = new Set(open.map(({ certificate }) => certificate.fingerprint));
  return `rollcall providers trust ${name} --fingerprint ${[...prints].join(',')}`;
}
