import { base64Of } from '../history/change-codec.ts';

const PER_PAGE = 5000;
/** The length of a hash in base64. */
const CHARACTERS = 43;

/** Digests of changes, by id. A page is one string: a million digests take 50 MB, and as separate strings 120 MB. */
export class DigestList {
  readonly #ids: number[] = [];
  readonly #pages: string[] = [];
  #last: string[] = [];

  get length(): number {
    return this.#ids.length;
  }

  add(id: number, digest: string): void {
    this.#ids.push(id);
    this.#last.push(base64Of(digest));
    if (this.#last.length < PER_PAGE) return;
    this.#pages.push(this.#last.join(''));
    this.#last = [];
  }

  /** In the order in which they were added. */
  *pages(): Generator<{ id: number; digest: string }[]> {
    for (const [index, text] of [...this.#pages, this.#last.join('')].entries()) {
      const ids = this.#ids.slice(index * PER_PAGE, (index + 1) * PER_PAGE);
      yield ids.map((id, at) => ({ id, digest: text.slice(at * CHARACTERS, (at + 1) * CHARACTERS) }));
    }
  }
}
