import { createHash } from 'node:crypto';
import type { PveGuestConfig } from '../../api/pve-types.ts';
import { NUL_SIGN } from '../../types/nul-sign.ts';

/** Of an answer, and no line of the file: the digest itself, the description, which is a comment, and LXC's own lines. */
const NO_LINE: ReadonlySet<string> = new Set(['digest', 'description', 'lxc']);

/**
 * Whether a guest's file holds this configuration and nothing else: no pending changes and no snapshots. Its digest is the SHA-1
 * of the file, whose lines the server writes in a fixed order. false also where the file cannot be known: a password, which
 * an answer hides, or an edit by hand. Source: qemu-server src/PVE/QemuServer.pm write_vm_config, pve-container
 * src/PVE/LXC/Config.pm write_pct_config.
 */
export function isWholeFile(config: PveGuestConfig): boolean {
  const { digest } = config;
  if (typeof digest !== 'string' || !/^[0-9a-f]{40}$/.test(digest) || config['cipassword'] !== undefined) return false;
  // An empty value comes back as a blank, and is written as one by the next edit.
  return ['', ' '].some((blank) => createHash('sha1').update(fileOf(config, blank)).digest('hex') === digest);
}

function fileOf(config: PveGuestConfig, blank: string): string {
  const lines = Object.keys(config)
    .filter((key) => !NO_LINE.has(key))
    .sort()
    .map((key) => {
      const text = String(config[key]).replaceAll(NUL_SIGN, '\0');
      return `${key}: ${text === ' ' ? blank : text}\n`;
    });
  return [...commentLines(config['description']), ...lines, ...rawLines(config['lxc'])].join('');
}

function commentLines(description: PveGuestConfig[string] | undefined): string[] {
  if (description === undefined) return [];
  const lines = String(description).split('\n');
  // As Perl's split, without empty lines at the end.
  while (lines.at(-1) === '') lines.pop();
  return lines.map((line) => `#${encodeText(line)}\n`);
}

/** Source: pve-common src/PVE/Tools.pm encode_text. */
function encodeText(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x3a;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** `lxc` as it was decoded: the JSON of `[["lxc.cap.drop", ""], …]`. */
function rawLines(lxc: PveGuestConfig[string] | undefined): string[] {
  const lines = typeof lxc === 'string' ? parsed(lxc) : null;
  if (!Array.isArray(lines)) return [];
  return lines.map((line: unknown) => (Array.isArray(line) ? `${String(line[0])}: ${String(line[1])}\n` : ''));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
