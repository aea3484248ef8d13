import { isSecretKey, maskSecret, maskText } from '../../text/mask-secrets.ts';
import type { Value } from '../../types/document.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { LIST_SEPARATORS } from '../../types/nul-sign.ts';
import { toEntries } from './config-value.ts';
import { decodeLogText } from './log-text.ts';
import type { ConfigReading, ConfigUpdate } from './records/record.ts';
import { type Parameter, splitUpdate } from './update-parameters.ts';

/** Parameters of the call that are no configuration. */
const CALL_PARAMETERS: ReadonlySet<string> = new Set([
  'digest',
  'skiplock',
  'force',
  'background_delay',
  'import-working-storage',
  'node',
  'vmid',
]);
/**
 * The server's log holds 4 KiB of a line with its node, user and tag, in UTF-8 or with escapes (pve-cluster
 * src/pmxcfs/logger.h). 4,022 characters were seen; a long user name leaves less.
 */
const CUT_BYTES = 3_800;

/**
 * Reads `update VM 110: -onboot 1 -tags web;prod`; null for every other line. The server joins its parameters with blanks
 * and without quotes, keys in ascending order. Source: qemu-server src/PVE/API2/Qemu.pm update_vm_api.
 */
export function parseConfigUpdate(message: string, maskKey: MaskKey | null): ConfigUpdate | null {
  const split = splitUpdate(message);
  if (!split) return null;
  const cutKey = isCut(message) ? split.parameters.at(-1)?.key : undefined;
  const reading = toReading(split.parameters, maskKey);
  const { vmid, isAmbiguous } = split;
  return { vmid, ...reading, isAmbiguous, ...(cutKey !== undefined && { cutKey }) };
}

/** Every other way to read a line that {@link parseConfigUpdate} calls ambiguous; null when there are too many. */
export function otherReadings(message: string, maskKey: MaskKey | null): ConfigReading[] | null {
  const others = splitUpdate(message)?.others() ?? null;
  return others === null ? null : others.map((parameters) => toReading(parameters, maskKey));
}

function isCut(message: string): boolean {
  return message.length >= CUT_BYTES || Buffer.byteLength(message) >= CUT_BYTES;
}

function toReading(parameters: readonly Parameter[], maskKey: MaskKey | null): ConfigReading {
  const set = new Map<string, Value>();
  const setKeys: string[] = [];
  const deletedKeys: string[] = [];
  const revertedKeys: string[] = [];
  for (const { key, value } of parameters) {
    if (key === 'delete') deletedKeys.push(...splitKeys(value));
    else if (key === 'revert') revertedKeys.push(...splitKeys(value));
    else if (!CALL_PARAMETERS.has(key)) {
      setKeys.push(key);
      for (const [path, parsed] of toEntries('qemu', key, decodeLogText(value), maskKey)) set.set(path, parsed);
    }
  }
  return { set: Object.fromEntries(set), setKeys, deletedKeys, revertedKeys };
}

/** A line of the log as it is stored: without the secrets that a user wrote into a configuration. */
export function maskMessage(message: string, maskKey: MaskKey | null): string {
  const split = splitUpdate(message);
  if (!split) return maskText(message, maskKey);
  const parameters = split.parameters.map(({ key, value }) => {
    const masked = isSecretKey(key) && value !== '' ? maskSecret(value, maskKey) : maskText(value, maskKey);
    return masked === '' ? `-${key}` : `-${key} ${masked}`;
  });
  return [split.prefix, ...parameters].join(' ');
}

function splitKeys(value: string): string[] {
  return value.split(LIST_SEPARATORS).filter((key) => key !== '');
}
