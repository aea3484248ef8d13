import type { ApiError } from './api-error.ts';
import type { Prng } from './prng.ts';
import type { Release } from './release.ts';
import { RELEASES } from './release.ts';
import type { Page } from './router.ts';

/** Perl's hashes have no order: neither the keys of an answer nor some lists come twice in the same one. */
export function shuffled(value: unknown, prng: Prng): unknown {
  const turn = prng.integer(97);
  return turned(value, turn);
}

function turned(value: unknown, turn: number): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => turned(item, turn));
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  const result: Record<string, unknown> = {};
  for (let index = 0; index < entries.length; index += 1) {
    const [key, inner] = entries[(index + turn) % entries.length] ?? ['', undefined];
    result[key] = key === 'content' ? turnedList(inner, turn) : turned(inner, turn);
  }
  return result;
}

/** `images,iso` may come as `iso,images`. */
function turnedList(value: unknown, turn: number): unknown {
  if (typeof value !== 'string' || !value.includes(',')) return turned(value, turn);
  const words = value.split(',');
  const from = turn % words.length;
  return [...words.slice(from), ...words.slice(0, from)].join(',');
}

export function successBody(page: Page, prng: Prng): string {
  const data = shuffled(page.data ?? null, prng);
  return JSON.stringify(page.total > 0 ? { data, total: page.total } : { data });
}

/** Errors of the door and of the way to a node have no body at all. */
export function errorBody(error: ApiError, release: Release): string {
  if (!error.hasBody) return '';
  return JSON.stringify({
    data: null,
    ...(error.errors && { errors: error.errors }),
    ...(RELEASES[release].hasMessageInBody && { message: error.status === 501 ? error.message : `${error.message}\n` }),
  });
}
