import type { ServerCertificate } from '../../app/app.ts';
import { expiryText } from '../../app/certificate-expiry.ts';
import { inspectAll, type Shown, wordsOf } from '../../app/renew-trust.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import { formatLocal } from '../output/format.ts';

const WHY: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'it comes from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'it comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it comes from an unknown authority',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
};

/** How a provider is trusted that nobody said anything about: by the system's authorities, or by pins that somebody confirms. */
export async function trustOnFirstUse(
  context: CliContext,
  { name, type, endpoints }: Pick<ProviderConfig, 'name' | 'type' | 'endpoints'>,
  commandFor: (fingerprints: string) => string,
): Promise<TlsTrust> {
  const { app, output } = context;
  const warn = (message: string, hint?: string) => output.warn(message, hint);
  const seen = await inspectAll(app, { name, type, endpoints }, { warn });
  const unknown = seen.filter(({ certificate }) => !certificate.isTrusted);
  if (unknown.length === 0) return { mode: 'system' };
  const prints = [...new Set(unknown.map(({ certificate }) => certificate.fingerprint))];
  await confirmAll(context, unknown, { type, command: commandFor(prints.join(',')) });
  const pins = seen.map(({ url, certificate }) => [url, certificate.fingerprint] as const);
  const [only] = pins;
  if (only !== undefined && endpoints.length === 1) return { mode: 'fingerprint', sha256: only[1] };
  return { mode: 'fingerprint', sha256: '', pins: Object.fromEntries(pins) };
}

/** Shows certificates and asks for each. Without a terminal, and without a yes, it throws AppError('certificate'). */
export async function confirmAll(
  context: CliContext,
  unknown: readonly Shown[],
  { type, command }: { type: string; command: string },
): Promise<void> {
  const { fingerprint: source } = await wordsOf({ type });
  const advice = `compare the fingerprint with ${source}, then: ${command}`;
  for (const { url, certificate } of unknown) {
    const { ask } = context.io;
    const what = `the certificate of ${url} is not trusted: ${whyNot(certificate)}`;
    if (ask === undefined) throw untrusted(`${what}; seen SHA-256 ${certificate.fingerprint}`, certificate, advice);
    context.output.say(
      what,
      ...describeCertificate(certificate, context.now()),
      `Compare the fingerprint with ${source}, or with its web interface.`,
    );
    if (!(await ask.confirm(escapeText('Trust this certificate from now on?'))))
      throw untrusted(what, certificate, advice);
  }
}

function untrusted(message: string, certificate: ServerCertificate, hint: string): AppError {
  return new AppError('certificate', `${message} (subject ${certificate.subject}, issuer ${certificate.issuer})`, {
    hint,
  });
}

function whyNot({ distrust }: ServerCertificate): string {
  return WHY[distrust ?? ''] ?? distrust ?? 'unknown';
}

function describeCertificate(certificate: ServerCertificate, now: Date): string[] {
  const lines = {
    'SHA-256': certificate.fingerprint,
    subject: certificate.subject,
    issuer: certificate.issuer,
    for: certificate.names.join(', '),
    expires: expiryText(certificate, now, formatLocal),
  };
  return Object.entries(lines).map(([key, value]) => `  ${key.padEnd(8)} ${value}`);
}
