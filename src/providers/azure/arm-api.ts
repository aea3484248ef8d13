import type * as z from 'zod';
import { CallGuard } from '../../net/call-guard.ts';
import type { EndpointTls } from '../../net/connection.ts';
import { decodeAnswer } from '../../net/decode-answer.ts';
import { KeptCredential } from '../../net/kept-credential.ts';
import { type RestLimits, type RestRequest, RestWire } from '../../net/rest-wire.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import { pageOf } from './answers.ts';
import type { AccessToken, Login } from './login/access-token.ts';
import { readLinks } from './read-links.ts';
import { AZURE } from './server-words.ts';
import { readRefusal, Throttle } from './throttle.ts';

export interface ArmOptions extends RestLimits {
  /** `https://management.azure.com`. */
  origin: string;
  tls: EndpointTls;
  login: Login;
  /** What the login has its tokens by, where that is a secret: it appears in no error. */
  secret?: string | undefined;
  /** How the login is renewed, for a hint. */
  loginHint: string;
  /** Requests that the login has made so far. */
  loginCount: () => number;
  signal?: AbortSignal;
}

/** Asks Azure Resource Manager, and reads only. All throw only AppError, in which no secret appears. */
export class ArmApi {
  readonly #origin: string;
  readonly #wire: RestWire;
  readonly #guard: CallGuard;
  readonly #tokens: KeptCredential<AccessToken>;
  readonly #throttle = new Throttle();
  readonly #loginCount: () => number;

  constructor({ origin, tls, login, secret, loginHint, loginCount, signal, ...limits }: ArmOptions) {
    this.#origin = origin;
    this.#loginCount = loginCount;
    this.#guard = new CallGuard(signal);
    if (secret !== undefined) this.#guard.redactor.add(secret);
    this.#tokens = new KeptCredential({
      ask: (_refused, asking = new AbortController().signal) => login(asking),
      endsAtMs: ({ endsAtMs }) => endsAtMs,
      onCredential: ({ text }) => this.#guard.redactor.renew('login', [text]),
    });
    this.#wire = new RestWire({
      ...limits,
      endpoint: origin,
      tls,
      onAnswer: (answer, call) => this.#throttle.note(answer, call),
      words: AZURE,
      hints: {
        unauthenticated: loginHint,
        forbidden: 'Give the login the role Reader on the subscription',
        notFound: 'It is not there',
      },
    });
  }

  /** With those of the login. */
  get requestCount(): number {
    return this.#wire.requestCount + this.#loginCount();
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    return this.#wire.clockSkewMs();
  }

  /** What the server showed last; null before the first answer. */
  serverCertificate(): ShownCertificate | null {
    return this.#wire.certificate;
  }

  /** Whether the login gives a token. */
  async connect(signal?: AbortSignal): Promise<void> {
    await this.#guard.run('login', signal, (combined) => this.#tokens.current(combined));
  }

  /** `path` has its query. */
  get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal | undefined): Promise<T> {
    const what = labelOf(path);
    return this.#guard.run(what, signal, async (combined) => {
      const pace = (): Promise<void> => this.#throttle.pace(path, combined);
      const answer = await this.#wire.read(path, { pace, ...this.#loggedIn(combined), signal: combined });
      return decodeAnswer(answer, schema, { what, endpoint: this.#origin, title: AZURE.title });
    });
  }

  /** All pages of a list. */
  list<T>(path: string, row: z.ZodType<T>, signal: AbortSignal | undefined, maxRows?: number): Promise<readonly T[]> {
    const schema = pageOf(row);
    const about = { what: labelOf(path), origin: this.#origin, ...(maxRows !== undefined && { maxRows }) };
    return readLinks(path, (page) => this.get(page, schema, signal), about);
  }

  close(): void {
    this.#guard.close();
    this.#wire.close();
  }

  /** Each try has the token of its moment; one that was refused, which may end before its time, is asked for again, once. */
  #loggedIn(signal: AbortSignal): Required<Pick<RestRequest, 'headers' | 'readRefusal'>> {
    let used: AccessToken | undefined;
    return {
      headers: async () => {
        used = await this.#tokens.current(signal);
        return { Authorization: `Bearer ${used.text}` };
      },
      readRefusal: (answer) => {
        const said = readRefusal(answer);
        return answer.status === 401 && used !== undefined ? { ...said, isPassing: this.#tokens.renew(used) } : said;
      },
    };
  }
}

function labelOf(path: string): string {
  return `GET ${path.split('?')[0]}`;
}
