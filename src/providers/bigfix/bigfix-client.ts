import { CallGuard } from '../../net/call-guard.ts';
import { tlsAt, warnIfUnverified } from '../../net/endpoint-tls.ts';
import { UnreadableXml } from '../../net/feed-xml.ts';
import { httpsAddress } from '../../net/https-address.ts';
import { type RestBody, type RestLimits, RestWire } from '../../net/rest-wire.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import type { ResolvedTls } from '../../types/provider.ts';
import {
  COMPUTER_FIELDS,
  type ComputerList,
  isMaster,
  type Masthead,
  OPERATOR_FIELDS,
  queryAnswer,
  toComputer,
  toComputerList,
  toMasthead,
} from './answers.ts';
import { FACT_QUERY } from './fact-query.ts';
import { type ComputerFacts, toFacts } from './facts.ts';
import { BIGFIX } from './manifest.ts';
import { type Resource, readResources } from './resource-reader.ts';

/** 200,000 computers are some 30 MB in the list, and some 100 MB in the answer to the query. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;
const MAX_BYTES_UNDER_WAY = 384 * 2 ** 20;
const XML = 'application/xml';
const FORM = 'application/x-www-form-urlencoded';

export interface BigfixOptions extends RestLimits {
  /** `https://bigfix.example.com:52311`. */
  endpoint: string;
  tls: ResolvedTls;
  user: string;
  password: string;
  signal?: AbortSignal;
  onWarning?: (message: string) => void;
}

/** The read calls of the REST API of BigFix, decoded. All throw only AppError, in which no secret appears. */
export class BigfixClient {
  readonly endpoint: string;
  readonly user: string;
  readonly #wire: RestWire;
  readonly #guard: CallGuard;

  /** Throws AppError('configuration') for an address or fingerprint that is none. */
  constructor({ endpoint, tls, user, password, signal, onWarning, ...limits }: BigfixOptions) {
    this.endpoint = httpsAddress(endpoint, { title: BIGFIX.title, example: 'https://HOST:52311' });
    this.user = user;
    const basic = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
    this.#guard = new CallGuard(signal);
    this.#guard.redactor.add(password);
    this.#guard.redactor.add(basic);
    const trust = tlsAt(this.endpoint, tls);
    this.#wire = new RestWire({
      maxBytes: MAX_ANSWER_BYTES,
      maxBytesUnderWay: MAX_BYTES_UNDER_WAY,
      ...limits,
      endpoint: this.endpoint,
      tls: trust,
      headers: async () => ({ Authorization: `Basic ${basic}` }),
      words: BIGFIX,
      hints: {
        unauthenticated: 'Check the name and the password of the operator, and that the operator may log in',
        forbidden: 'Let the operator use the REST API: Operators, Details, Can use REST API in the console',
        notFound: 'Check that this is the address of a BigFix server with its REST API: https://HOST:52311',
      },
    });
    warnIfUnverified(this.endpoint, trust, { secret: 'password', onWarning });
  }

  get requestCount(): number {
    return this.#wire.requestCount;
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    return this.#wire.clockSkewMs();
  }

  /** What the server showed last; null before the first answer. */
  serverCertificate(): ShownCertificate | null {
    return this.#wire.certificate;
  }

  /** Whether the password is taken. */
  async login(signal?: AbortSignal): Promise<void> {
    await this.#read('/api/login', { signal, accept: '*/*' }, () => true);
  }

  /** Which deployment answers. Clients are installed with this file, so that every server gives it. */
  masthead(signal?: AbortSignal): Promise<Masthead> {
    return this.#read('/masthead/masthead.afxm', { signal, accept: '*/*' }, toMasthead);
  }

  /** All computers that the operator sees. */
  computers(signal?: AbortSignal): Promise<ComputerList> {
    return this.#read('/api/computers', { signal, accept: XML }, async (text) => {
      return toComputerList(withoutErrors(await readResources(text, COMPUTER_FIELDS)));
    });
  }

  /** Whether the server has this computer, and the operator sees it. */
  async hasComputer(id: string, signal?: AbortSignal): Promise<boolean> {
    const read = this.#read(`/api/computer/${encodeURIComponent(id)}`, { signal, accept: XML }, async (text) => {
      const [computer, ...others] = withoutErrors(await readResources(text, COMPUTER_FIELDS));
      return computer !== undefined && others.length === 0 && toComputer(computer)?.id === id ? true : null;
    });
    return read.catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'no-endpoint') return false;
      throw error;
    });
  }

  /** Whether who asks is a master operator, who sees all computers. Throws AppError when it is not said. */
  isMaster(signal?: AbortSignal): Promise<boolean> {
    const path = `/api/operator/${encodeURIComponent(this.user)}`;
    return this.#read(path, { signal, accept: XML }, async (text) =>
      isMaster(withoutErrors(await readResources(text, OPERATOR_FIELDS)), this.user),
    );
  }

  /** What computers told of themselves. Another program answers this, which may lag behind: nothing follows from who is missing. */
  facts(signal?: AbortSignal): Promise<ReadonlyMap<string, ComputerFacts>> {
    const form = new URLSearchParams({ relevance: FACT_QUERY, output: 'json' });
    return this.#read('/api/query', { signal, body: { text: form.toString(), type: FORM } }, (text) => {
      const rows = queryAnswer.parse(JSON.parse(text));
      if (rows !== null) return toFacts(rows);
      throw new AppError('server', `POST /api/query on ${this.endpoint}: the server could not answer the query`, {
        hint: 'Check that Web Reports or the BigFix Explorer, one of which answers queries, is running',
      });
    });
  }

  close(): void {
    this.#guard.close();
    this.#wire.close();
  }

  /** The only way out: no secret passes. `decode` gives null, or throws, for what is no such answer. */
  async #read<T>(
    path: string,
    { signal, ...call }: { signal: AbortSignal | undefined; accept?: string; body?: RestBody },
    decode: (text: string) => T | null | Promise<T | null>,
  ): Promise<T> {
    const what = `${call.body === undefined ? 'GET' : 'POST'} ${path}`;
    return this.#guard.run(what, signal, async (combined) => {
      const text = await this.#wire.readText(path, { ...call, signal: combined });
      try {
        const decoded = await decode(text);
        if (decoded !== null) return decoded;
      } catch (error) {
        throw error instanceof AppError ? error : this.#unreadable(error, what);
      }
      throw this.#unreadable(new UnreadableXml('it tells nothing of that'), what);
    });
  }

  /** Of the error only a message of ours is repeated: others quote the answer. */
  #unreadable(error: unknown, what: string): AppError {
    const why = error instanceof UnreadableXml ? `: ${error.message}` : '';
    return new AppError('malformed', `${what} on ${this.endpoint}: the answer is not what BigFix answers${why}`, {
      hint: 'Something else may answer at this address, or a release of BigFix that is not known yet',
    });
  }
}

function withoutErrors(resources: readonly Resource[]): readonly Resource[] {
  if (resources.some(({ name }) => name === 'Error')) throw new UnreadableXml('it tells of an error');
  return resources;
}
