import { splitApiToken } from '../../types/auth-id.ts';
import { type Environment, variable } from './environment.ts';
import { absoluteSearchPath } from './find-program.ts';

/** What a program that fetches a secret may need, and with what names it begins. docs/providers.md lists them too. */
const ALLOWED = new Set(
  `HOME USER LOGNAME SHELL LANG LANGUAGE TZ TERM TMPDIR DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS
  SSH_AUTH_SOCK GNUPGHOME GPG_TTY GPG_AGENT_INFO PINENTRY_USER_DATA CREDENTIALS_DIRECTORY BITWARDENCLI_APPDATA_DIR
  HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
  SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS
  SYSTEMROOT WINDIR SYSTEMDRIVE COMSPEC PATHEXT TEMP TMP USERNAME USERPROFILE HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA
  PROGRAMDATA PROGRAMFILES`.split(/\s+/),
);
const ALLOWED_FAMILIES = /^(?:LC|XDG|PASSWORD_STORE|VAULT|BAO|OP|BW|BWS|AWS|CLOUDSDK|GOOGLE|AZURE)_/;

/** Shorter values are found in too many variables by chance. */
const LEAST_SECRET_LENGTH = 8;
const OWN_SECRETS = /^(?:PROXMOX_|PGPASS)|^DATABASE_URL$/;

export interface ChildEnvironmentSources {
  /** Of this process: nothing else is passed on. */
  processEnv: Environment;
  /** With the variables of a file that was named, whose secrets are known by it. */
  env: Environment;
  /** Variables that hold the secrets of providers. */
  secretVariables: readonly string[];
}

/**
 * The environment of a program that fetches one secret: the variables above, without those that hold secrets of Rollcall, and
 * without any other that contains one of these secrets. What makes a shell, the loader or an interpreter run something else
 * (BASH_ENV, LD_PRELOAD, NODE_OPTIONS, …) is not among them.
 */
export function childEnvironment({
  processEnv,
  env,
  secretVariables,
}: ChildEnvironmentSources): Record<string, string> {
  const isSecret = (name: string): boolean => OWN_SECRETS.test(name) || secretVariables.includes(name);
  const secrets = [processEnv, env].flatMap((some) =>
    Object.entries(some).flatMap(([name, value]) => (isSecret(name) ? secretsIn(name, value) : [])),
  );
  const given = Object.entries(processEnv).flatMap(([name, value]) =>
    value === undefined || !isAllowed(name) || isSecret(name) || secrets.some((secret) => value.includes(secret))
      ? []
      : [[name, value]],
  );
  const searchPath = absoluteSearchPath(variable(processEnv, 'PATH'));
  // An empty PATH means the working directory, and an absent one the folders of the system.
  return { ...Object.fromEntries(given), ...(searchPath !== '' && { PATH: searchPath }) };
}

/** Proxies are written in small letters as well, and names have no case on Windows. */
function isAllowed(name: string): boolean {
  const known = process.platform === 'win32' || name.endsWith('_proxy') ? name.toUpperCase() : name;
  return ALLOWED.has(known) || ALLOWED_FAMILIES.test(known);
}

/** Addresses, names and files are no secrets: they may be in other variables. */
function secretsIn(name: string, value = ''): string[] {
  if (/_(?:ENDPOINT|HOST|USER|NAME|TOKEN_ID|CA_FILE|FINGERPRINT|INSECURE)$/.test(name)) return [];
  const secret = splitApiToken(value)?.secret ?? value;
  return secret.length < LEAST_SECRET_LENGTH ? [] : [secret];
}
