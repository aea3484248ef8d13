import type { CertificateInspection, ServerCertificate } from '../../app/app.ts';
import type { Manifest } from '../../providers/manifest.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import { formatLocal } from '../output/format.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

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

/** A certificate for which no authority of this system vouches. */
interface Unknown {
  url: string;
  certificate: ServerCertificate;
}

/** How a provider is trusted that nobody said anything about: by the system's authorities, or by pins that somebody confirms. */
export async function trustOnFirstUse(
  context: CliContext,
  { name, type, endpoints }: Pick<ProviderConfig, 'name' | 'type' | 'endpoints'>,
  commandFor: (fingerprints: string) => string,
): Promise<TlsTrust> {
  const seen = await inspectAll(context, { name, type, endpoints });
  const unknown = seen.filter(({ certificate }) => !certificate.isTrusted);
  if (unknown.length === 0) return { mode: 'system' };
  const prints = [...new Set(unknown.map(({ certificate }) => certificate.fingerprint))];
  await confirmAll(context, unknown, { type, command: commandFor(prints.join(',')) });
  const pins = seen.map(({ url, certificate }) => [url, certificate.fingerprint] as const);
  const [only] = pins;
  if (only !== undefined && endpoints.length === 1) return { mode: 'fingerprint', sha256: only[1] };
  return { mode: 'fingerprint', sha256: '', pins: Object.fromEntries(pins) };
}

/** Those that can be reached; what cannot is told. Throws AppError when none can. */
export async function inspectAll(
  context: CliContext,
  { name, type, endpoints }: Pick<ProviderConfig, 'name' | 'type' | 'endpoints'>,
  authority?: string,
): Promise<Unknown[]> {
  const looks = await Promise.all(
    endpoints.map(
      async (url): Promise<[string, CertificateInspection]> => [
        url,
        await context.app.inspect(url, { type, ca: authority }),
      ],
    ),
  );
  const seen = looks.flatMap(([url, { certificate }]) => (certificate === null ? [] : [{ url, certificate }]));
  const failures = looks.flatMap(([url, { failure }]) => (failure === null ? [] : [{ url, error: failure.error }]));
  const [first] = failures;
  if (seen.length === 0 && first !== undefined) throw first.error;
  for (const { url, error } of failures) {
    context.output.warn(
      `${url} could not be looked at: ${error.message}`,
      `once it is back: rollcall providers trust ${name}`,
    );
  }
  return seen;
}

/** How a kind of provider calls its server, loaded with the first certificate that is looked at. */
export async function wordsOf(provider: { type: string }): Promise<Manifest['server']> {
  const { manifestOf } = await import('../../app/registry.ts');
  return manifestOf(provider).server;
}

/** Shows certificates and asks for each. Without a terminal, and without a yes, it throws AppError('certificate'). */
export async function confirmAll(
  context: CliContext,
  unknown: readonly Unknown[],
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

/** `2027-11-21 10:00:00, in 365 days`. */
export function expiryText({ validTo }: Pick<ServerCertificate, 'validTo'>, now: Date): string {
  const days = daysLeft({ validTo }, now);
  return `${formatLocal(validTo)}, ${days < 0 ? `${-days} days ago` : `in ${days} days`}`;
}

export function daysLeft({ validTo }: Pick<ServerCertificate, 'validTo'>, now: Date): number {
  return Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);
}

function describeCertificate(certificate: ServerCertificate, now: Date): string[] {
  const lines = {
    'SHA-256': certificate.fingerprint,
    subject: certificate.subject,
    issuer: certificate.issuer,
    for: certificate.names.join(', '),
    expires: expiryText(certificate, now),
  };
  return Object.entries(lines).map(([key, value]) => `  ${key.padEnd(8)} ${value}`);
}
