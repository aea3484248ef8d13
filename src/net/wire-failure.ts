/** How an exchange can fail before there is an answer to look at. */
export type WireFailureKind =
  | 'network' // what Node says; see code
  | 'connect-timeout'
  | 'timeout'
  | 'aborted'
  | 'cut' // the body ended early
  | 'too-large'
  | 'encoding' // a body that is not what Content-Encoding says
  | 'fingerprint'; // detail is the fingerprint seen

/** A failure of the wire, without headers, request or anything else that could hold a secret. Stays inside src/api. */
export class WireFailure extends Error {
  readonly kind: WireFailureKind;
  /** Node's code: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … */
  readonly code: string | undefined;
  readonly detail: string | undefined;
  /** The request went out on a kept-alive connection and no byte came back: it may be sent again at once. */
  readonly isStale: boolean;
  /** No byte of the request can have reached the server: there was no connection yet, or it was not trusted. */
  readonly isUnsent: boolean;

  constructor(
    kind: WireFailureKind,
    options: { code?: string; detail?: string; isStale?: boolean; isUnsent?: boolean } = {},
  ) {
    super(options.detail ?? options.code ?? kind);
    this.name = 'WireFailure';
    this.kind = kind;
    this.code = options.code;
    this.detail = options.detail;
    this.isStale = options.isStale ?? false;
    this.isUnsent = options.isUnsent ?? (kind === 'connect-timeout' || kind === 'fingerprint');
  }
}

function property(error: unknown, name: 'code' | 'message'): string | undefined {
  if (typeof error !== 'object' || error === null || !(name in error)) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}

/** What a Node error says, and nothing that hangs on it. */
export function toWireFailure(
  error: unknown,
  { isStale = false, isUnsent = false }: { isStale?: boolean; isUnsent?: boolean } = {},
): WireFailure {
  if (error instanceof WireFailure) return error;
  const code = property(error, 'code');
  const detail = property(error, 'message');
  return new WireFailure('network', { ...(code && { code }), ...(detail && { detail }), isStale, isUnsent });
}
