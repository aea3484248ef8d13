import { createHmac } from 'node:crypto';
import type { MaskKey } from '../types/inventory-key.ts';
import { NUL_SIGN } from '../types/nul-sign.ts';

/** Stands for a secret that the server itself hides. */
export const HIDDEN = '«hidden»';

const SERVER_MASKS: ReadonlySet<string> = new Set(['**********', '<hidden>', HIDDEN]);
const MASK_START = '«hidden';
const OWN_MASK = /^«hidden(?::(?:[0-9a-f]{4}\.)?[0-9a-f]{8})?»$/;
const SECRET_KEY = /passw(?:or)?d|passphrase|secret|token|api[-_]?key|^sshkeys$|^ssh-public-keys$/i;

/** Whether a configuration key, or a part of a property string, holds a secret as a whole. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/**
 * `«hidden:0f0f.1a2b3c4d»`: the same secret gives the same mask with the same key, and the mask does not give the secret without
 * it. The first digits name the key. Without a key the mask says only that there is a secret.
 */
export function maskSecret(secret: string, maskKey: MaskKey | null): string {
  if (SERVER_MASKS.has(secret)) return HIDDEN;
  if (OWN_MASK.test(secret)) return secret;
  if (maskKey === null) return HIDDEN;
  const digest = createHmac('sha256', maskKey.secret).update(secret).digest('hex').slice(0, 8);
  return `«hidden:${maskKey.id === '' ? '' : `${maskKey.id}.`}${digest}»`;
}

const MAX_PASSES = 8;
/** Secrets of one text that get a mask of their own; the others are hidden alike, since a text may be made of secrets. */
const MAX_OWN_MASKS = 1000;
/** So far into a value a mask is looked for: what has one is masked already. */
const MASK_WITHIN = 256;

interface SecretPattern {
  pattern: RegExp;
  /** A value that has a mask near its beginning is left alone. */
  skipsMasked?: true;
}

/**
 * Each pattern has two groups: what stands before the secret, which stays, and the secret. What may repeat before a secret is
 * bounded: from every place of a long text an unbounded prefix would be read to its end, which takes hours for a megabyte.
 * Blanks, line breaks and NUL (from the edge on U+2400) end a value.
 */
const PATTERNS: readonly SecretPattern[] = [
  {
    pattern:
      /()(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$))/g,
  },
  {
    pattern: /(\bPVE(?:APIToken|AuthCookie)=(?:[^\s\0\u2400!=]{1,128}![^\s\0\u2400!=]{1,128}=)?)([^\s\0\u2400"',;]+)/g,
    skipsMasked: true,
  },
  { pattern: /(@[\w.-]{1,64}![\w.-]{1,64}=)([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/g },
  { pattern: /(\b(?:Bearer|Basic)\s{1,64})([A-Za-z0-9._~+/=-]{8,})/g },
  { pattern: /(\b)((?:AKIA|ASIA)[0-9A-Z]{16})\b/g },
  {
    pattern:
      /(\b)(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,})/g,
  },
  { pattern: /(\b)(eyJ[\w-]{8,256}\.[\w-]{8,8192}\.[\w-]*)/g },
  { pattern: /([a-z0-9+.-]:\/\/[^\s\0\u2400:/@]{0,128}:)((?!«hidden)[^\s\0\u2400@/]{1,1024})(?=@)/gi },
  { pattern: /(\bsecret,(?:[^\s\0\u2400,]{1,128},){0,16}?data=)((?!«hidden)[^\s\0\u2400,]+)/g },
  {
    pattern:
      /((?:passw(?:or)?d|passphrase|\bpwd|secret|token|(?:api|access)[-_]?key)["']?\s{0,64}[=:]\s{0,64})("[^"\0\u2400]*"|'[^'\0\u2400]*'|["'][^\s\0\u2400]+|[^\s\0\u2400,;&"'<>]+)/gi,
    skipsMasked: true,
  },
  {
    pattern:
      /((?:^|[\s\0\u2400])--?[\w-]{0,64}(?:passw(?:or)?d|passphrase|secret|token|api-key)\s{1,64})((?![-«])[^\s\0\u2400]+)/gi,
  },
];

/** Whether any of the patterns can match at all; hardly a text has anything of this. */
const MAY_HOLD_SECRET =
  /-----BEGIN|PVEA|!|bearer|basic|A[KS]IA|gh[pousr]_|github_pat_|glpat-|xox|\bsk-|eyJ|:\/\/|secret|passw|passphr|pwd|token|(?:api|access)[-_]?key/i;
const IN_QUOTES = /^(["'])(.*)\1$/s;

/** Variables whose names say that they hold a secret, besides {@link isSecretKey}. */
const SECRET_VARIABLE = /(?:^|_)(?:pass|pwd)(?:_|$)/i;

/** A text with more gets masks that are all alike: each of its own takes its time. */
const MAX_VARIABLES = 1000;

/** The environment of a container: `NAME=value`, separated by NUL. A secret is a variable's whole value. */
export function maskEnvironment(text: string, maskKey: MaskKey | null): string {
  const variables = text.split(NUL_SIGN);
  const isMany = variables.length > MAX_VARIABLES;
  const masked = variables
    .map((variable) => {
      const [name = '', ...rest] = variable.split('=');
      const value = rest.join('=');
      const isSecret = value !== '' && (isSecretKey(name) || SECRET_VARIABLE.test(name));
      if (isSecret) return `${name}=${isMany ? HIDDEN : maskSecret(value, maskKey)}`;
      return isMany ? variable : maskText(variable, maskKey);
    })
    .join(NUL_SIGN);
  return isMany ? maskText(masked, maskKey) : masked;
}

/** Masks what looks like a secret inside free text: `password=…`, `Bearer …`, private keys, credentials in URLs, … */
export function maskText(text: string, maskKey: MaskKey | null): string {
  if (!MAY_HOLD_SECRET.test(text)) return text;
  const masks = new Map<string, string>();
  const maskOf = (secret: string): string => {
    const known = masks.get(secret);
    if (known !== undefined) return known;
    if (masks.size >= MAX_OWN_MASKS) return HIDDEN;
    const mask = maskSecret(secret, maskKey);
    masks.set(secret, mask);
    return mask;
  };
  let masked = text;
  // What stands behind one secret may only then be seen to be another one.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = masked;
    for (const pattern of PATTERNS) masked = maskPattern(masked, pattern, maskOf);
    if (masked === before) break;
  }
  return masked;
}

function maskPattern(
  text: string,
  { pattern, skipsMasked }: SecretPattern,
  maskOf: (secret: string) => string,
): string {
  return text.replace(pattern, (whole, before: string, secret: string) =>
    skipsMasked && isMasked(secret) ? whole : before + maskOf(withoutQuotes(secret)),
  );
}

/** Looked for in the match and not by the pattern, which would look again from each of many beginnings. */
function isMasked(secret: string): boolean {
  const at = secret.slice(0, MASK_WITHIN + MASK_START.length).indexOf(MASK_START);
  return at >= 0 && !isQuoted(secret);
}

function isQuoted(text: string): boolean {
  return text.startsWith('"') || text.startsWith("'");
}

function withoutQuotes(secret: string): string {
  return isQuoted(secret) ? secret.replace(IN_QUOTES, '$2') : secret;
}
