import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { State } from '../protocol/feed.ts';

export const ENCODINGS = ['br', 'gzip', 'identity'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const HOSTS_PER_PART = 500;
/** Bodies of the newest versions and views. */
const MOST_BODIES = 12;

/** The text of a state in parts, so that 10,000 hosts never block the program for long. */
function* stateParts({ hosts, ...rest }: State): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"hosts":[`;
  for (let start = 0; start < hosts.length; start += HOSTS_PER_PART) {
    const list = JSON.stringify(hosts.slice(start, start + HOSTS_PER_PART)).slice(1, -1);
    yield start === 0 ? list : `,${list}`;
  }
  yield ']}';
}

/** Bodies of states, each made and compressed once, however many ask for it. */
export class StateBodies {
  readonly #bodies = new Map<string, Promise<Buffer>>();

  /** `key`: what the state is of, version and view. */
  body(key: string, encoding: Encoding, make: () => State): Promise<Buffer> {
    const name = `${encoding} ${key}`;
    const known = this.#bodies.get(name);
    if (known) return known;
    const made = compressed(make(), encoding);
    this.#bodies.set(name, made);
    made.catch(() => this.#bodies.delete(name));
    const [oldest] = this.#bodies.keys();
    if (this.#bodies.size > MOST_BODIES && oldest !== undefined) this.#bodies.delete(oldest);
    return made;
  }
}

async function compressed(state: State, encoding: Encoding): Promise<Buffer> {
  const text = Readable.from(stateParts(state), { objectMode: false });
  if (encoding === 'identity') return buffer(text);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT };
  return buffer(text.compose(encoding === 'br' ? createBrotliCompress({ params }) : createGzip({ level: 6 })));
}

/** The best one that a client takes. */
export function encodingOf(header: string | undefined): Encoding {
  const taken = (header ?? '').split(',').flatMap((part) => {
    const [name = '', quality = ''] = part.trim().toLowerCase().split(';');
    return /^\s*q=0(?:\.0*)?$/.test(quality) ? [] : [name.trim()];
  });
  return ENCODINGS.find((encoding) => taken.includes(encoding)) ?? 'identity';
}
