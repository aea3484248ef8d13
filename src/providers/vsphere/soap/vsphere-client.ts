import { CallGuard } from '../../../net/call-guard.ts';
import { tlsAt, warnIfUnverified } from '../../../net/endpoint-tls.ts';
import type { ShownCertificate } from '../../../types/endpoint.ts';
import type { ResolvedTls } from '../../../types/provider.ts';
import { checkFingerprint, normalizeVsphereAddress } from './address.ts';
import { MAX_ANSWER_BYTES, MAX_BYTES_UNDER_WAY, MAX_OBJECTS } from './limits.ts';
import { readServiceContent, SERVICE_INSTANCE, type ServiceContent } from './service-content.ts';
import { endsSession } from './session-end.ts';
import { faultError, SoapFault } from './soap-fault.ts';
import { type SoapCall, SoapWire } from './soap-wire.ts';
import { type LoginSession, VsphereLogin } from './vsphere-login.ts';
import { childOf, childrenOf, type XmlElement } from './xml-element.ts';
import { escapeXml } from './xml-writer.ts';

export interface VsphereOptions {
  /** `https://vcenter.example`, also with /sdk. */
  endpoint: string;
  tls: ResolvedTls;
  user: string;
  password: string;
  /** Requests at a time (4): a vCenter gives each user few sessions and each session few workers. */
  concurrency?: number;
  timeoutsMs?: Partial<Record<'connect' | 'login' | 'call' | 'logout', number>>;
  /** How often a call that changes nothing is repeated at most (3), and the first wait before it (300). */
  retries?: number;
  retryBaseMs?: number;
  /** Largest answer (32 MiB), and all answers under way (128 MiB). */
  maxBytes?: number;
  maxBytesUnderWay?: number;
  /** Most objects of one walk (250,000). */
  maxObjects?: number;
  /** Epoch milliseconds. */
  clock?: () => number;
  signal?: AbortSignal;
  onWarning?: (message: string) => void;
  /** Named where a certificate is not trusted, with ` --fingerprint AA:…` after it. */
  trustCommand?: string | undefined;
}

/** Calls within one session: the objects that they create live as long as it does. */
export interface SessionCalls {
  /** `returnval` of the answer; null where there is none. Throws SoapFault and AppError. */
  call: (call: Omit<SoapCall, 'signal'>) => Promise<XmlElement | null>;
  /** Every `returnval` of the answer. Throws SoapFault and AppError. */
  list: (call: Omit<SoapCall, 'signal'>) => Promise<XmlElement[]>;
  content: ServiceContent;
  /** Counts the sessions of a client. */
  number: number;
  endpoint: string;
  maxObjects: number;
}

const TIMEOUTS_MS = { connect: 5_000, login: 15_000, call: 60_000, logout: 3_000 };

/** Reads from one vCenter or ESXi. Throws only AppError, in which neither the password nor the session appears. */
export class VsphereClient {
  readonly endpoint: string;
  readonly #options: VsphereOptions;
  readonly #wire: SoapWire;
  readonly #login: VsphereLogin;
  readonly #guard: CallGuard;
  readonly #logoutTimeoutMs: number;
  #content: Promise<ServiceContent> | null = null;

  /** Throws AppError('configuration') for an address or fingerprint that is none, ('parameter') for a password that XML cannot hold. */
  constructor(options: VsphereOptions) {
    const { tls, user, password } = options;
    const timeoutsMs = { ...TIMEOUTS_MS, ...options.timeoutsMs };
    this.endpoint = normalizeVsphereAddress(options.endpoint);
    this.#options = options;
    this.#logoutTimeoutMs = timeoutsMs.logout;
    this.#guard = new CallGuard(options.signal);
    this.#guard.redactor.add(password);
    this.#guard.redactor.add(escapeXml(password));
    const trust = tlsAt(this.endpoint, tls);
    if (trust.fingerprint !== undefined) checkFingerprint(trust.fingerprint);
    this.#wire = new SoapWire({
      endpoint: this.endpoint,
      tls: trust,
      concurrency: options.concurrency ?? 4,
      timeoutMs: timeoutsMs.call,
      connectTimeoutMs: timeoutsMs.connect,
      retries: options.retries ?? 3,
      retryBaseMs: options.retryBaseMs ?? 300,
      maxBytes: options.maxBytes ?? MAX_ANSWER_BYTES,
      maxBytesUnderWay: options.maxBytesUnderWay ?? MAX_BYTES_UNDER_WAY,
      clock: options.clock ?? Date.now,
      trustCommand: options.trustCommand,
    });
    this.#login = new VsphereLogin({
      user,
      password,
      endpoint: this.endpoint,
      timeoutMs: timeoutsMs.login,
      redactor: this.#guard.redactor,
      sessionManager: async () => (await this.#retrieveContent()).sessionManager,
      send: (call, cookie) => this.#wire.send(call, cookie),
      signal: this.#guard.signals.with(undefined),
    });
    warnIfUnverified(this.endpoint, trust, { secret: 'password', onWarning: options.onWarning });
  }

  /** Requests sent so far, repeated ones and logins included. */
  get requestCount(): number {
    return this.#wire.requestCount;
  }

  /** The server's clock minus ours; null before the first answer. Good to about a second. */
  clockSkewMs(): number | null {
    return this.#wire.clockSkewMs();
  }

  /** What the server showed last; null before the first answer. */
  serverCertificate(): ShownCertificate | null {
    return this.#wire.certificate;
  }

  /** What the server tells of itself, asked for once. Needs no login. */
  async content(signal?: AbortSignal): Promise<ServiceContent> {
    const what = 'RetrieveServiceContent';
    return this.#run(what, signal, (combined) => this.#guard.signals.race(this.#retrieveContent(), combined, what));
  }

  /**
   * Runs work whose calls share one session. When the server ends the session meanwhile, the work is run once more from its
   * beginning in a new one: its views, tokens and collectors ended too.
   */
  async inSession<T>(what: string, work: (session: SessionCalls) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#run(what, signal, async (combined) => {
      for (let attempt = 1; ; attempt++) {
        const content = await this.#guard.signals.race(this.#retrieveContent(), combined, what);
        // Before a login that nobody would wait for.
        this.#guard.signals.check(combined, what);
        const session = await this.#guard.signals.race(this.#login.session(), combined, what);
        try {
          return await work(this.#calls(session, content, combined));
        } catch (error) {
          if (attempt > 1 || !endsSession(error)) throw error;
          this.#login.forget(session);
          this.#content = null;
        }
      }
    });
  }

  /** Ends the calls under way, logs out, and closes all connections. Never throws. */
  async close(): Promise<void> {
    this.#guard.close();
    await this.#login.logOut(this.#logoutTimeoutMs);
    this.#wire.close();
  }

  #calls({ cookie, number }: LoginSession, content: ServiceContent, signal: AbortSignal): SessionCalls {
    const list: SessionCalls['list'] = async (one) => {
      const { response } = await this.#wire.send({ ...one, signal }, cookie);
      return childrenOf(response, 'returnval');
    };
    const call: SessionCalls['call'] = async (one) => (await list(one))[0] ?? null;
    const { maxObjects = MAX_OBJECTS } = this.#options;
    return { call, list, content, number, endpoint: this.endpoint, maxObjects };
  }

  async #retrieveContent(): Promise<ServiceContent> {
    this.#content ??= this.#askContent().catch((error: unknown) => {
      this.#content = null;
      throw error;
    });
    return this.#content;
  }

  async #askContent(): Promise<ServiceContent> {
    const method = 'RetrieveServiceContent';
    const call = { method, self: SERVICE_INSTANCE, signal: this.#guard.signals.with(undefined) };
    const { response } = await this.#wire.send(call, null);
    return readServiceContent(childOf(response, 'returnval'), { verb: 'POST', path: method, endpoint: this.endpoint });
  }

  /** Faults become AppError, in which no secret is. */
  #run<T>(what: string, signal: AbortSignal | undefined, work: (combined: AbortSignal) => Promise<T>): Promise<T> {
    return this.#guard.run(what, signal, (combined) =>
      work(combined).catch((error: unknown) => {
        throw error instanceof SoapFault ? faultError(error, this.#options.user) : error;
      }),
    );
  }
}
