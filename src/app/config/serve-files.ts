import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { AppError } from '../../types/errors.ts';

const HINT = 'give the certificate with its chain, and its key without a passphrase, each as a file in PEM';

/** Certificate and key in PEM, which the server can begin with. Throws AppError `usage` and `configuration`. */
export function readServerTls(cert: string | undefined, key: string | undefined): { cert: Buffer; key: Buffer } | null {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) {
    throw new AppError('usage', '--tls-cert and --tls-key belong together', { hint: HINT });
  }
  const files = { cert: read(cert, '--tls-cert'), key: read(key, '--tls-key') };
  const leaf = parsed(`--tls-cert: ${cert} is no certificate in PEM`, () => new X509Certificate(files.cert));
  const own = parsed(`--tls-key: ${key} is no private key in PEM`, () => createPrivateKey(files.key));
  requireOwnKey(leaf, own, { cert, key });
  // The chain, too: nothing of it is looked at above.
  parsed(`--tls-cert: the chain in ${cert} cannot be used`, () => createSecureContext(files));
  return files;
}

/** OpenSSL takes a key of another kind than that of the certificate, and every client is then refused. */
function requireOwnKey(leaf: X509Certificate, own: KeyObject, names: { cert: string; key: string }): void {
  if (leaf.checkPrivateKey(own)) return;
  throw new AppError(
    'configuration',
    `--tls-key: ${names.key} is not the key of the first certificate in ${names.cert}`,
    {
      hint: HINT,
    },
  );
}

/** Without what OpenSSL says, which is for its authors. */
function parsed<T>(message: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new AppError('configuration', message, { hint: HINT, cause: error });
  }
}

function read(file: string, option: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AppError('configuration', `${option}: ${file} cannot be read`, { cause: error });
  }
}
