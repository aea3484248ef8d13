import { isFreeText, isKnownQemuKey } from './config-keys.ts';

const UPDATE = /^(update VM (\d+):) (-[a-zA-Z].*)$/s;
/** Twice what the server's log holds of a line: a longer one is none of these. */
const MAX_LENGTH = 8192;
const OPTION = /(?:^|\s)-([a-zA-Z][\w-]*)(?=\s|$)/g;
/** A text full of options can be read in so many ways that none of them says anything. */
const MAX_READINGS = 32;
const MAX_STEPS = 1_000;

export interface Parameter {
  key: string;
  value: string;
}

/** The parameters of a line `update VM 110: -memory 768 -tags web`. */
export interface SplitUpdate {
  prefix: string;
  vmid: number;
  parameters: readonly Parameter[];
  isAmbiguous: boolean;
  /** The other ways to split it; null when there are too many. */
  others: () => Parameter[][] | null;
}

interface Option {
  key: string;
  /** Position of the dash. */
  start: number;
  /** Position after the key. */
  end: number;
}

type Chain = readonly Option[];

export function splitUpdate(message: string): SplitUpdate | null {
  const match = message.length > MAX_LENGTH ? null : UPDATE.exec(message);
  if (!match) return null;
  const [, prefix = '', vmid = '', text = ''] = match;
  const options = Array.from(text.matchAll(OPTION), ({ 0: whole, 1: key = '', index }): Option => {
    const end = index + whole.length;
    return { key, start: end - key.length - 1, end };
  });
  const chain = longestAscending(options);
  return {
    prefix,
    vmid: Number(vmid),
    parameters: toParameters(text, chain),
    isAmbiguous: isAmbiguous(options, chain),
    others: () => {
      const all = allChains(options)?.filter((one) => !isSame(one, chain));
      return all?.map((one) => toParameters(text, one)) ?? null;
    },
  };
}

function toParameters(text: string, chain: Chain): Parameter[] {
  return chain.map((option, index) => ({
    key: option.key,
    value: text.slice(option.end, chain[index + 1]?.start ?? text.length).trim(),
  }));
}

function isSame(a: Chain, b: Chain): boolean {
  return a.length === b.length && a.every((option, index) => option === b[index]);
}

/** A chain of options that ascends, by its last one. */
interface Link {
  option: Option;
  length: number;
  before: Link | null;
}

/**
 * What looks like an option may be part of a text. The real ones ascend from the first one, so the longest such chain is
 * taken, of two equal ones that which ends later: the text came before it.
 *
 * A value that is no free text ends at the next option, so that only the chain which ends there can go on. A free text may
 * hold what looks like options, so for each of the few keys of free texts the best chain that ends with it is kept.
 */
function longestAscending(options: readonly Option[]): Chain {
  let best: Link | null = null;
  let last: Link | null = null;
  const ofTexts = new Map<string, Link>();
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
  return toChain(best);
}

/** Of equal ones the last. */
function longest(links: readonly Link[]): Link | null {
  return links.reduce<Link | null>((best, link) => (link.length >= (best?.length ?? 0) ? link : best), null);
}

function toChain(end: Link | null): Chain {
  const options: Option[] = [];
  for (let link = end; link !== null; link = link.before) options.push(link.option);
  return options.reverse();
}

/** A value that is no free text ends at the next option; in a free text only a key that qemu-server knows is one. */
function mayFollow(last: Option | undefined, option: Option, previous: Option | undefined): boolean {
  if (last === undefined || last.key >= option.key) return false;
  return isFreeText(last.key) ? isKnownQemuKey(option.key) : last === previous;
}

function isAmbiguous(options: readonly Option[], chain: Chain): boolean {
  const text = chain.find(({ key }) => isFreeText(key));
  if (text === undefined) return options.length !== chain.length;
  return options.some(({ start, key }) => start > text.start && key > text.key);
}

/** Every chain in which each option may follow the one before; null when there are too many. */
function allChains(options: readonly Option[]): Chain[] | null {
  const found: Chain[] = [];
  const open: { chain: Chain; at: number }[] = options.slice(0, 1).map((option) => ({ chain: [option], at: 0 }));
  for (let steps = 0; open.length > 0; steps++) {
    const next = open.pop();
    if (next === undefined || steps > MAX_STEPS || found.length > MAX_READINGS) return null;
    const { chain, at } = next;
    const last = chain.at(-1);
    const isText = last !== undefined && isFreeText(last.key);
    // The rest belongs to a text, or there is none.
    if (isText || at === options.length - 1) found.push(chain);
    for (const [index, option] of options.entries()) {
      if (index > at && mayFollow(last, option, options[index - 1]))
        open.push({ chain: [...chain, option], at: index });
    }
  }
  return found;
}
