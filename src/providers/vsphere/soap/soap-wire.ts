import type { Agent } from 'node:http';
import pLimit, { type LimitFunction } from 'p-limit';
import { ByteBudget, ByteLease } from '../../../net/byte-budget.ts';
import type { CallLabel } from '../../../net/call-label.ts';
import { ClockSkew } from '../../../net/clock-skew.ts';
import { type EndpointTls, openAgent, readFingerprint } from '../../../net/connection.ts';
import { Repeatable, repeatRead, retryAfterMs } from '../../../net/retry.ts';
import { sendByAxios } from '../../../net/send-by-axios.ts';
import type { WireAnswer } from '../../../net/wire.ts';
import { isCertificateFailure, wireError } from '../../../net/wire-error.ts';
import { toWireFailure } from '../../../net/wire-failure.ts';
import { toOrigin, type WireOrigin } from '../../../net/wire-origin.ts';
import type { ShownCertificate } from '../../../types/endpoint.ts';
import { AppError } from '../../../types/errors.ts';
import type { ManagedObject } from './managed-object.ts';
import { readAnswer, statusError, type TakeObject } from './read-answer.ts';
import { VSPHERE } from './server-words.ts';
import type { XmlElement } from './xml-element.ts';
import { envelope, type Xml } from './xml-writer.ts';

export interface SoapCall {
  method: string;
  self: ManagedObject;
  parameters?: readonly Xml[] | undefined;
  /** Milliseconds, in place of the usual ones. */
  timeoutMs?: number | undefined;
  /** A call that moves a cursor or starts a session is sent once at most; any other may reach the server twice. */
  once?: boolean | undefined;
  /** Of a call that is sent once: over a kept connection nevertheless, and again only where that turns out to be closed. */
  isConnectionKept?: boolean | undefined;
  /** Of an answer that is asked for again, objects may come twice. */
  take?: TakeObject | undefined;
  signal: AbortSignal;
}

export interface SoapAnswer {
  /** The element `…Response`. */
  response: XmlElement;
  headers: WireAnswer['headers'];
}

export interface SoapWireOptions {
  /** `https://vcenter.example`. */
  endpoint: string;
  tls: EndpointTls;
  /** Requests at a time. */
  concurrency: number;
  timeoutMs: number;
  connectTimeoutMs: number;
  retries: number;
  retryBaseMs: number;
  maxBytes: number;
  maxBytesUnderWay: number;
  clock: () => number;
  trustCommand: string | undefined;
}

const FINGERPRINT_TIMEOUT_MS = 3_000;
/** The oldest version of the API that is supported. Servers keep the older ones, so that answers look alike on all of them. */
const ACTION = '"urn:vim25/6.5"';

/** An answer that is larger than one may be, alone or with others under way. */
export class AnswerTooLarge extends AppError {
  constructor({ code, message, hint }: AppError) {
    super(code, message, hint === undefined ? {} : { hint });
  }
}

/** Sends SOAP calls to one server, over verified TLS. Throws SoapFault and AppError. */
export class SoapWire {
  readonly #options: SoapWireOptions;
  readonly #origin: WireOrigin;
  readonly #agent: Agent;
  readonly #limit: LimitFunction;
  readonly #underWay: ByteBudget;
  readonly #skew: ClockSkew;
  #seen: Promise<string | undefined> | undefined;
  #requestCount = 0;
  #certificate: ShownCertificate | null = null;

  /** Throws AppError('configuration') for a fingerprint that is none. */
  constructor(options: SoapWireOptions) {
    const { endpoint, tls, concurrency, connectTimeoutMs } = options;
    this.#options = options;
    this.#origin = toOrigin(endpoint);
    this.#agent = openAgent('https:', tls, { maxSockets: concurrency, connectTimeoutMs });
    this.#limit = pLimit(concurrency);
    this.#underWay = new ByteBudget(options.maxBytesUnderWay);
    this.#skew = new ClockSkew(options.clock);
  }

  /** Requests sent so far, repeated ones included. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** What the server showed last; null before the first answer. */
  get certificate(): ShownCertificate | null {
    return this.#certificate;
  }

  /** The server's clock minus ours; null before the first answer. Good to about a second. */
  clockSkewMs(): number | null {
    return this.#skew.ms();
  }

  /** `cookie` is the value of the header. */
  async send(call: SoapCall, cookie: string | null): Promise<SoapAnswer> {
    const { retries, retryBaseMs: baseMs } = this.#options;
    const read = (): Promise<SoapAnswer> => this.#limit(() => this.#sendOnce(call, cookie));
    return repeatRead(read, { retries: call.once ? 0 : retries, baseMs, signal: call.signal });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #sendOnce(call: SoapCall, cookie: string | null): Promise<SoapAnswer> {
    const label: CallLabel = { verb: 'POST', path: call.method, endpoint: this.#options.endpoint };
    const lease = new ByteLease(this.#underWay);
    try {
      const answer = await this.#exchange(call, label, { cookie, lease });
      if (answer.status !== 200 && answer.status !== 500) throw this.#refusal(answer, label);
      return { response: await readAnswer(answer, label, call.take), headers: answer.headers };
    } finally {
      lease.close();
    }
  }

  async #exchange(
    call: SoapCall,
    label: CallLabel,
    { cookie, lease }: { cookie: string | null; lease: ByteLease },
  ): Promise<WireAnswer> {
    const { connectTimeoutMs, maxBytes } = this.#options;
    const { method, self, parameters = [], timeoutMs = this.#options.timeoutMs, signal } = call;
    const { once = false, isConnectionKept = !once } = call;
    const body = envelope(method, self, parameters);
    const sentAtMs = this.#skew.nowMs();
    this.#requestCount += 1;
    try {
      const answer = await sendByAxios({
        method: 'POST',
        isRepeatable: isConnectionKept,
        origin: this.#origin,
        agent: this.#agent,
        path: `${this.#origin.prefix}/sdk`,
        headers: {
          Accept: 'text/xml',
          'Accept-Encoding': 'gzip',
          'Content-Type': 'text/xml; charset=utf-8',
          'Content-Length': String(Buffer.byteLength(body)),
          SOAPAction: ACTION,
          'User-Agent': 'rollcall',
          ...(cookie !== null && { Cookie: cookie }),
        },
        body,
        connectTimeoutMs,
        timeoutMs,
        maxBytes,
        lease,
        signal,
      });
      this.#certificate = answer.certificate ?? this.#certificate;
      this.#skew.measure(answer.headers['date'], sentAtMs);
      return answer;
    } catch (error) {
      throw await this.#explain(error, label, timeoutMs);
    }
  }

  async #explain(error: unknown, label: CallLabel, timeoutMs: number): Promise<unknown> {
    if (error instanceof AppError) return error;
    const { connectTimeoutMs, maxBytes, trustCommand, endpoint } = this.#options;
    const failure = toWireFailure(error);
    const limits = { connectTimeoutMs, maxBytes, timeoutMs, trustCommand, words: VSPHERE };
    const isUntrusted = isCertificateFailure(failure) && failure.kind === 'network';
    if (isUntrusted) this.#seen ??= readFingerprint(endpoint, FINGERPRINT_TIMEOUT_MS);
    const explained = wireError(failure, label, limits, isUntrusted ? await this.#seen : undefined);
    return failure.kind === 'too-large' ? new AnswerTooLarge(explained) : explained;
  }

  #refusal(answer: WireAnswer, label: CallLabel): AppError | Repeatable {
    const error = statusError(answer, label);
    const waitMs = retryAfterMs(answer.headers['retry-after'], this.#skew.serverNowMs());
    return error.retryable ? new Repeatable(error, Number.POSITIVE_INFINITY, waitMs) : error;
  }
}
