import type { Value } from '../../types/document.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
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
  return value.split(/[,;\s\0]+/).filter((key) => key !== '');
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

/** A chain of options that ascends, by its last one. */
interface Chain {
  option: Option;
  length: number;
  before: Chain | null;
}

/**
 * What looks like an option may be part of a text. The real ones ascend from the first one, so the longest such chain is
 * taken, of two equal ones that which ends later: the text came before it.
 *
 * A value that is no free text ends at the next option, so that only the chain which ends there can go on. A free text may
 * hold what looks like options, so for each of the few keys of free texts the best chain that ends with it is kept.
 */
function longestAscending(options: readonly Option[]): readonly Option[] {
  let best: Chain | null = null;
  let last: Chain | null = null;
  const ofTexts = new Map<string, Chain>();
  for (const [index, option] of options.entries()) {
    const before = longest([
      ...Array.from(ofTexts.values()).filter(({ option: { key } }) => key < option.key && isKnownQemuKey(option.key)),
      ...(last !== null && !isFreeText(last.option.key) && last.option.key < option.key ? [last] : []),
    ]);
    last = before !== null || index === 0 ? { option, length: (before?.length ?? 0) + 1, before } : null;
    if (last === null) continue;
    if (best === null || last.length >= best.length) best = last;
    const rival = ofTexts.get(option.key);
    if (!isFreeText(option.key) || (rival !== undefined && rival.length > last.length)) continue;
    // Last in the map, as it ends last.
    ofTexts.delete(option.key);
    ofTexts.set(option.key, last);
  }
  return toOptions(best);
}

/** Of equal ones the last. */
function longest(chains: readonly Chain[]): Chain | null {
  return chains.reduce<Chain | null>((best, chain) => (chain.length >= (best?.length ?? 0) ? chain : best), null);
}

function toOptions(chain: Chain | null): readonly Option[] {
  const options: Option[] = [];
  for (let link = chain; link !== null; link = link.before) options.push(link.option);
  return options.reverse();
}

function isAmbiguous(options: readonly Option[], chain: readonly Option[]): boolean {
  const text = chain.find(({ key }) => isFreeText(key));
  if (text === undefined) return options.length !== chain.length;
  return options.some(({ start, key }) => start > text.start && key > text.key);
}
