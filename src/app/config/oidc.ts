import { isLoopback } from '../../text/loopback.ts';
import { plainUrl } from '../../text/plain-url.ts';
import { withoutTrailingSlashes } from '../../text/without-slashes.ts';
import { ROLES, type Role } from '../../types/principal.ts';
import { type Environment, variable } from './environment.ts';
import type { Problems } from './problems.ts';
import { isSecretReference, SECRET_REFERENCES } from './secret.ts';

/** A login by an identity provider that speaks OpenID Connect. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  /** Reference to the secret; null: a public client, which PKCE alone protects. */
  secretRef: string | null;
  /** Where browsers reach the server, with its base path and without a slash at the end. */
  publicUrl: string;
  scopes: string;
  /** Claims; a dot leads into an object: `realm_access.roles`. */
  nameClaim: string;
  roleClaim: string;
  /** Roles by a value of the claim. Whoever has several gets the highest. */
  roles: ReadonlyMap<string, Role>;
  /** null: nobody without a mapped role gets in. */
  defaultRole: Role | null;
  /** What the page calls it. */
  label: string;
}

export const OIDC_VARIABLES = {
  issuer: 'ROLLCALL_OIDC_ISSUER',
  clientId: 'ROLLCALL_OIDC_CLIENT_ID',
  clientSecret: 'ROLLCALL_OIDC_CLIENT_SECRET',
  url: 'ROLLCALL_OIDC_URL',
  scopes: 'ROLLCALL_OIDC_SCOPES',
  nameClaim: 'ROLLCALL_OIDC_NAME_CLAIM',
  roleClaim: 'ROLLCALL_OIDC_ROLE_CLAIM',
  roles: 'ROLLCALL_OIDC_ROLES',
  defaultRole: 'ROLLCALL_OIDC_DEFAULT_ROLE',
  label: 'ROLLCALL_OIDC_LABEL',
} as const;

/** null: no identity provider is named. Adds to `problems` what is missing or wrong; then what it gives is of no use. */
export function findOidc(env: Environment, problems: Problems): OidcSettings | null {
  const read = (key: keyof typeof OIDC_VARIABLES) => variable(env, OIDC_VARIABLES[key]);
  const issuer = read('issuer');
  if (issuer === undefined) return null;
  const [clientId = '', publicUrl = '', secretRef] = [read('clientId'), read('url'), read('clientSecret')];
  requireUrl(issuer, OIDC_VARIABLES.issuer, problems);
  if (clientId === '')
    problems.add(`${OIDC_VARIABLES.clientId} is missing`, 'set it to the id of the client at the identity provider');
  requireUrl(publicUrl, OIDC_VARIABLES.url, problems);
  if (secretRef !== undefined && !isSecretReference(secretRef)) {
    // Not shown: it may be the secret itself.
    problems.add(`${OIDC_VARIABLES.clientSecret} is no reference to a secret`, `use ${SECRET_REFERENCES}`);
  }
  const roles = parseRoles(read('roles') ?? '', problems);
  const defaultRole = parseRole(read('defaultRole'), OIDC_VARIABLES.defaultRole, problems);
  if (roles.size === 0 && defaultRole === null) {
    problems.add(
      `${OIDC_VARIABLES.roles} is missing: nobody would get in`,
      'map values of a claim: rollcall-admins=admin,ops=operator',
    );
  }
  return {
    issuer,
    clientId,
    secretRef: secretRef ?? null,
    publicUrl: withoutTrailingSlashes(publicUrl),
    scopes: read('scopes') ?? 'openid profile email',
    nameClaim: read('nameClaim') ?? 'preferred_username',
    roleClaim: read('roleClaim') ?? 'groups',
    roles,
    defaultRole,
    label: read('label') ?? hostOf(issuer),
  };
}

/** HTTPS, or HTTP to this machine. */
function requireUrl(text: string, name: string, problems: Problems): void {
  const url = plainUrl(text);
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(host))) return;
  problems.add(
    `${name} is ${text === '' ? 'missing' : 'no address of HTTPS'}`,
    'write https://host, with its path if it has one',
  );
}

function parseRoles(text: string, problems: Problems): Map<string, Role> {
  const roles = new Map<string, Role>();
  for (const part of text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')) {
    const at = part.lastIndexOf('=');
    const [value, word] = [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()];
    const role = ROLES.find((one) => one === word);
    if (value !== '' && role !== undefined) roles.set(value, role);
    else problems.add(`${OIDC_VARIABLES.roles} has '${part}'`, `write VALUE=ROLE with one of ${ROLES.join(', ')}`);
  }
  return roles;
}

function parseRole(text: string | undefined, name: string, problems: Problems): Role | null {
  if (text === undefined) return null;
  const role = ROLES.find((one) => one === text);
  if (role === undefined) problems.add(`${name} is '${text}'`, `use one of ${ROLES.join(', ')}`);
  return role ?? null;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}
