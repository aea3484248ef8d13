import * as oidc from 'openid-client';
import * as z from 'zod';
import type { OidcSettings } from '../../app/config/oidc.ts';
import { type Claims, claimAt, type MappedClaims, mapClaims } from './oidc-claims.ts';
import { seal, unseal } from './seal.ts';

const TIMEOUT_S = 10;
/** How long somebody may take to log in elsewhere. */
const BEGUN_MS = 10 * 60_000;
/** After this time the identity provider is asked again where its parts are. */
const KNOWN_MS = 3_600_000;

const BEGUN = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), until: z.number() });

export interface OidcDependencies {
  settings: OidcSettings;
  /** null: a public client. */
  clientSecret: string | null;
  /** Of {@link sealKey}. */
  key: Buffer;
  clock: () => Date;
}

/** Where to send a browser, and what it keeps until it comes back. */
export interface BegunLogin {
  location: string;
  sealed: string;
}

export interface ExternalPerson {
  issuer: string;
  subject: string;
  mapped: MappedClaims;
}

export type OidcOutcome =
  | { kind: 'known'; person: ExternalPerson }
  /** `oidc-expired`: this browser has begun no login, or too long ago. `oidc-failed`: what came back is not what was asked for. */
  | { kind: 'refused'; why: 'oidc-expired' | 'oidc-failed' };

/** Logins by the authorization code flow with PKCE, state and nonce. */
export class OidcLogin {
  readonly #deps: OidcDependencies;
  #found: { config: Promise<oidc.Configuration>; atMs: number } | null = null;

  constructor(deps: OidcDependencies) {
    this.#deps = deps;
  }

  /** Throws what openid-client throws, which has no secret in it. */
  async begin(): Promise<BegunLogin> {
    const { settings, key, clock } = this.#deps;
    const config = await this.#configuration();
    const begun = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
      until: clock().getTime() + BEGUN_MS,
    };
    const location = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri(settings),
      scope: settings.scopes,
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    });
    return { location: location.href, sealed: seal(JSON.stringify(begun), key) };
  }

  /** `query`: what the identity provider sent along, with its `?`. `sealed`: of {@link begin}. Throws as that does. */
  async finish(query: string, sealed: string | undefined): Promise<OidcOutcome> {
    const { settings } = this.#deps;
    const begun = this.#begun(sealed);
    if (begun === null) return { kind: 'refused', why: 'oidc-expired' };
    const config = await this.#configuration();
    const answer = await oidc.authorizationCodeGrant(config, new URL(`${redirectUri(settings)}${query}`), {
      expectedState: begun.state,
      expectedNonce: begun.nonce,
      pkceCodeVerifier: begun.verifier,
      idTokenExpected: true,
    });
    const own = answer.claims();
    if (own === undefined) throw new Error('the identity provider sent no ID token');
    const claims = await this.#completed(config, own, answer.access_token);
    return { kind: 'known', person: { issuer: own.iss, subject: own.sub, mapped: mapClaims(claims, settings) } };
  }

  #begun(sealed: string | undefined): z.infer<typeof BEGUN> | null {
    const { key, clock } = this.#deps;
    const text = sealed === undefined ? null : unseal(sealed, key);
    if (text === null) return null;
    const begun = BEGUN.parse(JSON.parse(text));
    return begun.until > clock().getTime() ? begun : null;
  }

  /** Some tell groups only where they are asked for. */
  async #completed(config: oidc.Configuration, own: oidc.IDToken, accessToken: string): Promise<Claims> {
    const { nameClaim, roleClaim } = this.#deps.settings;
    const isComplete = [nameClaim, roleClaim].every((path) => claimAt(own, path) !== undefined);
    if (isComplete || config.serverMetadata().userinfo_endpoint === undefined) return own;
    return { ...(await oidc.fetchUserInfo(config, accessToken, own.sub)), ...own };
  }

  /** What has failed is tried again. */
  async #configuration(): Promise<oidc.Configuration> {
    const nowMs = this.#deps.clock().getTime();
    if (this.#found === null || nowMs - this.#found.atMs >= KNOWN_MS) {
      this.#found = { config: this.#discover(), atMs: nowMs };
    }
    const { config } = this.#found;
    config.catch(() => {
      if (this.#found?.config === config) this.#found = null;
    });
    return config;
  }

  #discover(): Promise<oidc.Configuration> {
    const { settings, clientSecret } = this.#deps;
    const server = new URL(settings.issuer);
    // The settings allow HTTP to this machine only.
    const insecure = server.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
    const execute = [...insecure, oidc.enableNonRepudiationChecks];
    const authentication = clientSecret === null ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
    return oidc.discovery(server, settings.clientId, undefined, authentication, { execute, timeout: TIMEOUT_S });
  }
}

function redirectUri({ publicUrl }: OidcSettings): string {
  return `${publicUrl}/api/v1/login/oidc/callback`;
}
