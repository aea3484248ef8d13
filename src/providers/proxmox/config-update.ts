import type { Value } from '../../types/document.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { LIST_SEPARATORS } from '../../types/nul-sign.ts';
import type { ConfigUpdate } from '../../types/task.ts';
import { isFreeText, isKnownQemuKey } from './config-keys.ts';
import { toEntries } from './config-value.ts';
import { isSecretKey, maskSecret, maskText } from './secrets.ts';

const UPDATE = /^(update VM (\d+):) (-[a-zA-Z].*)$/s;
/** The server's log holds 4 KiB of a line (pve-cluster src/pmxcfs/logger.h); a longer one is none of these. */
const MAX_LENGTH = 8192;
const OPTION = /(?:^|\s)-([a-zA-Z][\w-]*)(?=\s|$)/g;
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

interface Option {
  key: string;
  /** Position of the dash. */
  start: number;
  /** Position after the key. */
  end: number;
}

interface Split {
  prefix: string;
  vmid: number;
  parameters: readonly { key: string; value: string }[];
  isAmbiguous: boolean;
}

/**
 * Reads `update VM 110: -onboot 1 -tags web;prod`; null for every other line. The server joins its parameters with blanks
 * and without quotes, keys in ascending order. Source: qemu-server src/PVE/API2/Qemu.pm update_vm_api.
 */
export function parseConfigUpdate(message: string, maskKey: MaskKey | null): ConfigUpdate | null {
  const split = splitUpdate(message);
  if (!split) return null;
  const set = new Map<string, Value>();
  const setKeys: string[] = [];
  const deletedKeys: string[] = [];
  const revertedKeys: string[] = [];
  for (const { key, value } of split.parameters) {
    if (key === 'delete') deletedKeys.push(...splitKeys(value));
    else if (key === 'revert') revertedKeys.push(...splitKeys(value));
    else if (!CALL_PARAMETERS.has(key)) {
      setKeys.push(key);
      for (const [path, parsed] of toEntries('qemu', key, value, maskKey)) set.set(path, parsed);
    }
  }
  const { vmid, isAmbiguous } = split;
  return { vmid, set: Object.fromEntries(set), setKeys, deletedKeys, revertedKeys, isAmbiguous };
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

function splitUpdate(message: string): Split | null {
  const match = message.length > MAX_LENGTH ? null : UPDATE.exec(message);
  if (!match) return null;
  const [, prefix = '', vmid = '', text = ''] = match;
  const options = Array.from(text.matchAll(OPTION), ({ 0: whole, 1: key = '', index }): Option => {
    const end = index + whole.length;
    return { key, start: end - key.length - 1, end };
  });
  const chain = longestAscending(options);
  const parameters = chain.map((option, index) => ({
    key: option.key,
    value: text.slice(option.end, chain[index + 1]?.start ?? text.length).trim(),
  }));
  return { prefix, vmid: Number(vmid), parameters, isAmbiguous: isAmbiguous(options, chain) };
}

/**
 * What looks like an option may be part of a text. The real ones ascend from the first one, so the longest such chain is
 * taken, of two equal ones that which ends later: the text came before it.
 */
function longestAscending(options: readonly Option[]): readonly Option[] {
  const chains: (readonly Option[])[] = [];
  for (const [index, option] of options.entries()) {
    if (index === 0) chains.push([option]);
    const best = longest(chains.filter((chain) => mayFollow(chain.at(-1), option, options[index - 1])));
    if (best !== undefined) chains.push([...best, option]);
  }
  return longest(chains) ?? [];
}

function longest(chains: readonly (readonly Option[])[]): readonly Option[] | undefined {
  return chains.reduce<readonly Option[] | undefined>(
    (best, chain) => (best === undefined || chain.length >= best.length ? chain : best),
    undefined,
  );
}

/** A value that is no free text ends at the next option; in a free text only a key that qemu-server knows is one. */
function mayFollow(last: Option | undefined, option: Option, previous: Option | undefined): boolean {
  if (last === undefined || last.key >= option.key) return false;
  return isFreeText(last.key) ? isKnownQemuKey(option.key) : last === previous;
}

function isAmbiguous(options: readonly Option[], chain: readonly Option[]): boolean {
  const text = chain.find(({ key }) => isFreeText(key));
  if (text === undefined) return options.length !== chain.length;
  return options.some(({ start, key }) => start > text.start && key > text.key);
}
