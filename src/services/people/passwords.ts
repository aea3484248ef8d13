import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../types/errors.ts';

/** As OWASP's cheat sheet on password storage has it: 128 MiB and a third of a second. */
const STRENGTH = { log2N: 17, r: 8, p: 1 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const AT_ONCE = 2;
const MOST_WAITING = 100;
/** What a stored hash may ask for at most, whoever wrote it. */
const MOST_BYTES = 512 * 1024 * 1024;
const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d)\$([\w-]{16,64})\$([\w-]{32,128})$/;

const LEAST_CHARACTERS = 12;
const MOST_CHARACTERS = 1024;

export type Strength = typeof STRENGTH;

/** Hashes and compares passwords, two at a time: each takes much memory, and anybody may ask for a login. */
export class Passwords {
  readonly #strength: Strength;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** How often scrypt has run. */
  count = 0;

  constructor(strength: Strength = STRENGTH) {
    this.#strength = strength;
  }

  /** `$scrypt$ln=17,r=8,p=1$SALT$KEY`, both base64url. Throws AppError('limit'). */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const key = await this.#derive(password, salt, this.#strength);
    const { log2N, r, p } = this.#strength;
    return `$scrypt$ln=${log2N},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
  }

  /** Takes as long without a stored hash, so that nobody learns which accounts there are. Throws AppError('limit'). */
  async isRight(password: string, stored: string | null): Promise<boolean> {
    const parsed = stored === null ? null : parse(stored);
    if (parsed === null) {
      await this.#derive(password, randomBytes(SALT_BYTES), this.#strength);
      return false;
    }
    const key = await this.#derive(password, parsed.salt, parsed.strength, parsed.key.length);
    return timingSafeEqual(key, parsed.key);
  }

  async #derive(password: string, salt: Buffer, { log2N, r, p }: Strength, bytes = KEY_BYTES): Promise<Buffer> {
    await this.#enter();
    try {
      this.count += 1;
      const N = 2 ** log2N;
      return await scryptKey(password.normalize('NFKC'), salt, bytes, { N, r, p, maxmem: 129 * N * r + 1024 * r * p });
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING) {
      throw new AppError('limit', 'too many logins at the same time', { hint: 'try again soon', retryable: true });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The next one takes the place over. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}

/** Throws AppError('usage') for a password that is soon guessed. */
export function requireStrong(password: string, name: string): void {
  const length = Array.from(password).length;
  const hint = 'several words in a row are easy to remember';
  if (length < LEAST_CHARACTERS)
    throw new AppError('usage', `the password has ${length} characters, fewer than ${LEAST_CHARACTERS}`, { hint });
  if (length > MOST_CHARACTERS)
    throw new AppError('usage', `the password has ${length} characters, more than ${MOST_CHARACTERS}`);
  if (new Set(password).size < 5 || isNameIn(password, name))
    throw new AppError('usage', 'the password has the name of the user in it, or hardly any different characters', {
      hint,
    });
}

function parse(stored: string): { strength: Strength; salt: Buffer; key: Buffer } | null {
  const [, ln, r, p, salt = '', key = ''] = STORED.exec(stored) ?? [];
  const strength = { log2N: Number(ln), r: Number(r), p: Number(p) };
  if (ln === undefined || 128 * 2 ** strength.log2N * strength.r > MOST_BYTES) return null;
  return { strength, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
}

function scryptKey(password: string, salt: Buffer, bytes: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function isNameIn(password: string, name: string): boolean {
  return name.length >= 4 && password.toLowerCase().includes(name.toLowerCase());
}
