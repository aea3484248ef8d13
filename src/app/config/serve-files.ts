import { readFileSync } from 'node:fs';
import { AppError } from '../../types/errors.ts';

/** Certificate and key in PEM. Throws AppError `usage` and `configuration`. */
export function readServerTls(cert: string | undefined, key: string | undefined): { cert: Buffer; key: Buffer } | null {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) {
    throw new AppError('usage', '--tls-cert and --tls-key belong together', {
      hint: 'give the certificate with its chain, and its key, each as a file in PEM',
    });
  }
  return { cert: read(cert, '--tls-cert'), key: read(key, '--tls-key') };
}

function read(file: string, option: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AppError('configuration', `${option}: ${file} cannot be read`, { cause: error });
  }
}
