import { normalizeFingerprint } from '../../../net/pinned-agent.ts';
import { withoutTrailingSlashes } from '../../../text/without-slashes.ts';
import { AppError } from '../../../types/errors.ts';
import { VSPHERE } from './server-words.ts';

/**
 * `host`, `host:port`, `https://host` or an address with /sdk or /ui → `https://host`, with the path of a reverse proxy.
 * Throws AppError('configuration'), also for plain HTTP: it would show the password.
 */
export function normalizeVsphereAddress(text: string): string {
  const trimmed = text.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.protocol !== 'https:' || url.hostname === '' || url.username !== '' || url.password !== '') {
    throw new AppError(
      'configuration',
      `Not an address of vCenter or ESXi: ${url ? url.origin : 'it cannot be read'}`,
      {
        hint: 'Give https://HOST, without a user or password',
      },
    );
  }
  return url.origin + withoutTrailingSlashes(url.pathname).replace(/\/(?:sdk(?:\/vimService)?|ui|mob)$/, '');
}

/** Throws AppError('configuration') for what is no SHA-256, nor several separated by commas. */
export function checkFingerprint(text: string): void {
  const wrong = text.split(',').find((part) => normalizeFingerprint(part) === null);
  if (wrong === undefined) return;
  throw new AppError('configuration', `Not a SHA-256 fingerprint: ${wrong.trim().slice(0, 100) || '(empty)'}`, {
    hint: `It has 64 hexadecimal digits, as ${VSPHERE.fingerprint} prints it`,
  });
}
