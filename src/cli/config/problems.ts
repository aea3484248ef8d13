import { AppError } from '../../types/errors.ts';

/** Collects the problems of a configuration, so that one error reports all of them. */
export class Problems {
  readonly #found: { what: string; fix: string }[] = [];

  add(what: string, fix: string): void {
    this.#found.push({ what, fix });
  }

  get count(): number {
    return this.#found.length;
  }

  /** Throws AppError('configuration') if there are any. */
  throwIfAny(): void {
    const [first, ...others] = this.#found;
    if (!first) return;
    if (others.length === 0) throw new AppError('configuration', first.what, { hint: first.fix });
    const list = this.#found.flatMap(({ what, fix }) => [`  - ${what}`, `    ${fix}`]);
    throw new AppError('configuration', [`the configuration has ${this.#found.length} problems:`, ...list]);
  }
}
