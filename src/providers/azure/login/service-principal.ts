import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { AppError } from '../../../types/errors.ts';
import { type Login, toToken } from './access-token.ts';
import { toLoginError } from './login-error.ts';
import type { LoginWire } from './login-wire.ts';

export interface ServicePrincipal {
  way: 'secret' | 'certificate';
  tenant: string;
  client: string;
  /** Of the client, or its certificate and key in PEM. */
  secret: string;
}

export interface Authority {
  /** `https://login.microsoftonline.com`. */
  origin: string;
  /** For whom a token is: `https://management.azure.com`. */
  resource: string;
}

/** Hosts that MSAL knows by itself. */
const KNOWN = /^https:\/\/login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn)$/;

/** The login of an app registration. Throws AppError('configuration') for a certificate that is none, or whose key is not RSA. */
export function servicePrincipalLogin(
  { way, tenant, client, secret }: ServicePrincipal,
  { origin, resource }: Authority,
  openWire: (signal: AbortSignal) => LoginWire,
): Login {
  const proof = way === 'secret' ? { clientSecret: secret } : { clientCertificate: readCertificate(secret) };
  const authority = `${origin}/${tenant}`;
  return async (signal) => {
    const { ConfidentialClientApplication } = await import('@azure/msal-node');
    const networkClient = openWire(signal);
    try {
      const app = new ConfidentialClientApplication({
        auth: { clientId: client, authority, ...(!KNOWN.test(origin) && described(authority)), ...proof },
        system: { networkClient },
      });
      const scopes = [`${resource}/.default`];
      const result = await app.acquireTokenByClientCredential({ scopes, skipCache: true });
      if (result === null) throw new AppError('unauthenticated', `${authority} gave no token`);
      return toToken(result.accessToken, result.expiresOn?.getTime());
    } catch (error) {
      throw toLoginError(error, `login of client ${client} at ${authority}`, networkClient.failure);
    } finally {
      networkClient.close();
    }
  };
}

/** Of a host that MSAL does not know: it would ask one that it knows about it. */
function described(authority: string): { knownAuthorities: string[]; authorityMetadata: string } {
  const metadata = {
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    issuer: `${authority}/v2.0`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
  };
  return { knownAuthorities: [new URL(authority).host], authorityMetadata: JSON.stringify(metadata) };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]{1,65536}-----END CERTIFICATE-----/;
const KEY = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^-]{1,65536}-----END (?:RSA |EC )?PRIVATE KEY-----/;

function readCertificate(pem: string): { thumbprintSha256: string; privateKey: string } {
  const { certificate, key } = readPem(pem);
  // MSAL signs by PS256 or RS256, as https://learn.microsoft.com/entra/identity-platform/certificate-credentials asks for.
  if (key.asymmetricKeyType !== 'rsa') {
    throw new AppError('configuration', `the key of the login is ${key.asymmetricKeyType ?? 'unknown'}, not RSA`, {
      hint: 'Entra ID takes signatures by an RSA key: give the client a certificate with one',
    });
  }
  return {
    thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function readPem(pem: string): { certificate: X509Certificate; key: KeyObject } {
  try {
    const [certificate = ''] = CERTIFICATE.exec(pem) ?? [];
    const [key = ''] = KEY.exec(pem) ?? [];
    return { certificate: new X509Certificate(certificate), key: createPrivateKey(key) };
  } catch {
    // What was wrong is not said: it may be a part of the key.
    throw new AppError('configuration', 'the secret of the login is not a certificate and its private key in PEM', {
      hint: 'give file:/path of a file with both, whose key has no passphrase',
    });
  }
}
