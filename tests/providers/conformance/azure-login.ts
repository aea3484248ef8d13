import { constants, createPublicKey, randomUUID, verify, X509Certificate } from 'node:crypto';

export interface Told {
  status: number;
  text: string;
  headers?: Record<string, string>;
}

export const TENANT = '31c75423-32d6-4322-88b7-c478bdde4858';
export const CLIENT = '5f1d7e4a-6a37-4a0e-9a53-0c2f6a7c9d11';
const TOKEN_PATH = `/${TENANT}/oauth2/v2.0/token`;
const MACHINE_PATH = '/metadata/identity/oauth2/token';

/**
 * The login of Azure: gives tokens for the secret of a client, for what a certificate of it has signed, and to machines. Its answers are
 * those that the vendor documents for the client credentials flow and for managed identities.
 */
export class CloudLogin {
  readonly clientSecret = `${randomUUID()}~${randomUUID()}`;
  /** In PEM; null: the client has none. */
  certificate: string | null = null;
  /** How long tokens are good for. */
  lifeSeconds = 3_599;
  /** The secret has ended, and so have tokens. */
  hasEnded = false;
  readonly tokens = new Set<string>();
  /** What was asked for. */
  readonly asked: string[] = [];

  isGood(authorization: string | undefined): boolean {
    return !this.hasEnded && this.tokens.has(authorization?.replace(/^Bearer /, '') ?? '');
  }

  /** null: it is no request of a login. */
  answer(
    { method, target, body }: { method: string; target: string; body: string },
    { metadata, origin }: { metadata: string | undefined; origin: string },
  ): Told | null {
    const url = new URL(target, origin);
    // MSAL ends the path with a slash where a variable names the host.
    if (url.pathname.replace(/\/$/, '') === MACHINE_PATH) return this.#toMachine(url, metadata);
    if (url.pathname !== TOKEN_PATH || method !== 'POST') return null;
    const form = new URLSearchParams(body);
    this.asked.push(`${form.get('grant_type')} ${form.get('scope')?.split(' ')[0]}`);
    if (this.hasEnded) return refused(7000222, "The provided client secret keys for app 'rollcall' are expired");
    const isClient = form.get('client_id') === CLIENT && form.get('grant_type') === 'client_credentials';
    const assertion = form.get('client_assertion');
    if (assertion !== null && !this.#isSigned(assertion, `${origin}${TOKEN_PATH}`))
      return refused(700027, 'Client assertion failed signature validation');
    if (!isClient || (assertion === null && form.get('client_secret') !== this.clientSecret))
      return refused(
        7000215,
        `Invalid client secret provided. Ensure the secret being sent is the value for app '${CLIENT}'`,
      );
    const lifeSeconds = this.lifeSeconds;
    return json(200, {
      token_type: 'Bearer',
      expires_in: lifeSeconds,
      ext_expires_in: lifeSeconds,
      access_token: this.#make(),
    });
  }

  #toMachine(url: URL, metadata: string | undefined): Told {
    this.asked.push(`machine ${url.searchParams.get('client_id') ?? 'itself'} ${url.searchParams.get('resource')}`);
    if (metadata !== 'true')
      return json(400, { error: 'bad_request_102', error_description: 'Required metadata header not specified' });
    const ends = Math.floor(Date.now() / 1_000) + this.lifeSeconds;
    return json(200, {
      access_token: this.#make(),
      expires_in: String(this.lifeSeconds),
      expires_on: String(ends),
      not_before: String(ends - this.lifeSeconds),
      resource: url.searchParams.get('resource'),
      token_type: 'Bearer',
    });
  }

  #make(): string {
    const token = `eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.${randomUUID().replaceAll('-', '')}.${randomUUID().replaceAll('-', '')}`;
    this.tokens.add(token);
    return token;
  }

  /** By the certificate's public key, for this endpoint, and not ended. */
  #isSigned(assertion: string, audience: string): boolean {
    if (this.certificate === null) return false;
    const [header = '', payload = '', signature = ''] = assertion.split('.');
    const { alg, 'x5t#S256': print } = decoded(header);
    const { aud, iss, sub, exp } = decoded(payload);
    const certificate = new X509Certificate(this.certificate);
    const expected = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    const key = {
      key: createPublicKey(this.certificate),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_AUTO,
    };
    const isRight = verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
    const isOurs = aud === audience && iss === CLIENT && sub === CLIENT && Number(exp) * 1_000 > Date.now();
    return isRight && isOurs && alg === 'PS256' && print === expected;
  }
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
}

function refused(code: number, why: string): Told {
  const trace = randomUUID();
  return json(401, {
    error: 'invalid_client',
    error_description: `AADSTS${code}: ${why}. Trace ID: ${trace} Correlation ID: ${trace} Timestamp: 2026-01-05 08:00:00Z`,
    error_codes: [code],
    trace_id: trace,
    correlation_id: trace,
  });
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Told {
  return { status, text: JSON.stringify(body), headers };
}
