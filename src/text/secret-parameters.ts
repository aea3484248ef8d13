import { redactText } from './redact-text.ts';

/** `token`, `api_key`, `X-Auth-Key`, `sig`; not `sort_key` or `page`. */
const SECRET_NAME =
  /passw|passphrase|secret|token|jwt|credential|signature|(?:api|access|auth|private|app|license)[-_.]?key|(?:^|[-_.])(?:pass|pwd|auth|sig|bearer)$|^key$/i;

/** Whether a value of that name looks like a secret, by the name alone. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** The names of the parameters of an address whose values look like secrets, by their name or their shape. */
export function secretParameters(url: URL): string[] {
  const found = [...url.searchParams].filter(
    ([name, value]) => value !== '' && (isSecretName(name) || redactText(value) !== value),
  );
  return [...new Set(found.map(([name]) => name))];
}
