import path from 'node:path';
import { readRegularFile } from '../../files/regular-file.ts';
import type { ServerWords } from '../../net/wire-error.ts';
import { AppError } from '../../types/errors.ts';
import type { ResolvedTls, TlsTrust } from '../../types/provider.ts';
import { errorCode } from './environment.ts';
import type { Problems } from './problems.ts';

/** What flags, or the environment, say about the certificate. Names are those that the user wrote. */
export interface TlsSource {
  insecure: { name: string; isSet: boolean };
  caFile: { name: string; value: string | undefined };
  fingerprint: { name: string; value: string | undefined };
}

/** undefined: nothing is said. A fingerprint is stricter than a CA and wins; `insecure` beside either is a contradiction. */
export function toTlsTrust(
  source: TlsSource,
  { cwd, words }: { cwd: string; words: ServerWords },
  problems: Problems,
): TlsTrust | undefined {
  const { insecure, caFile, fingerprint } = source;
  const other =
    fingerprint.value !== undefined ? fingerprint.name : caFile.value !== undefined ? caFile.name : undefined;
  if (insecure.isSet && other !== undefined) {
    problems.add(`${insecure.name} contradicts ${other}`, `remove ${insecure.name}: ${other} is the safe one`);
    return undefined;
  }
  if (insecure.isSet) return { mode: 'insecure' };
  if (fingerprint.value !== undefined)
    return toFingerprint(fingerprint.value, { name: fingerprint.name, words }, problems);
  if (caFile.value === undefined) return undefined;
  const file = path.resolve(cwd, caFile.value);
  const flaw = caFlaw(file);
  if (flaw !== null) problems.add(`${caFile.name}: ${flaw}`, words.caFile);
  return { mode: 'ca', caFile: file };
}

function toFingerprint(
  text: string,
  { name, words }: { name: string; words: ServerWords },
  problems: Problems,
): TlsTrust | undefined {
  const prints = text.split(',').map((one) =>
    one
      .trim()
      .replace(/^sha-?256[:=]/i, '')
      .replaceAll(':', '')
      .toUpperCase(),
  );
  if (!prints.every((hex) => /^[0-9A-F]{64}$/.test(hex))) {
    problems.add(
      `${name} is not a SHA-256 fingerprint`,
      `it has 64 hexadecimal digits, as ${words.fingerprintView} shows them`,
    );
    return undefined;
  }
  return { mode: 'fingerprint', sha256: prints.map((hex) => hex.replace(/..(?=.)/g, '$&:')).join(',') };
}

/** All authorities of a system have less than half of this. */
const MAX_CA_BYTES = 1024 * 1024;

function readCa(file: string): string {
  return readRegularFile(file, { maxBytes: MAX_CA_BYTES });
}

/** The text of a CA file. Throws AppError('configuration') when it is gone or is none. */
export function requireCa(file: string, hint: string): string {
  const flaw = caFlaw(file);
  if (flaw === null) return readCa(file);
  throw new AppError('configuration', flaw, { hint });
}

/** Why a file is none with the certificate of an authority; null: it is one. */
export function caFlaw(file: string): string | null {
  try {
    const text = readCa(file);
    return text.includes('-----BEGIN CERTIFICATE-----') ? null : `${file} holds no certificate in PEM form`;
  } catch (error) {
    const code = errorCode(error);
    if (error instanceof AppError) return error.message;
    return code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read (${code})`;
  }
}

/** Throws AppError('configuration') when the CA file is gone or is none. */
export function resolveTls(trust: TlsTrust): ResolvedTls {
  switch (trust.mode) {
    case 'system':
      return {};
    case 'insecure':
      return { insecure: true };
    case 'cluster-ca':
      return { ca: trust.pem };
    case 'fingerprint':
      return { fingerprint: trust.sha256, ...(trust.pins && { pins: trust.pins }) };
    case 'ca':
      return { ca: requireCa(trust.caFile, 'give another one with --ca-file or `rollcall providers update`') };
  }
}
