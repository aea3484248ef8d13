import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../protocol/common.ts';
import { AppError, type ErrorCode } from '../types/errors.ts';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What a route throws to end with this problem. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail ?? problem.title);
    this.name = 'ProblemError';
    this.problem = problem;
    this.headers = headers;
  }
}

/** `title` is the same for every problem of a code; `detail` is about this one. */
export function problem(status: number, code: string, title: string, detail?: string, hint?: string): Problem {
  const type = `urn:rollcall:problem:${code}`;
  return { type, title, status, code, ...(detail !== undefined && { detail }), ...(hint !== undefined && { hint }) };
}

export function sendProblem(reply: FastifyReply, found: Problem): FastifyReply {
  return reply.code(found.status).type(PROBLEM_TYPE).send(JSON.stringify(found));
}

const STATUS_OF: Readonly<Record<ErrorCode, [status: number, title: string]>> = {
  usage: [400, 'The request cannot be understood'],
  configuration: [422, 'The settings do not fit together'],
  unconfirmed: [409, 'The settings are not confirmed'],
  'not-found': [404, 'There is no such thing'],
  ambiguous: [409, 'The reference names several'],
  incomplete: [409, 'What is known is not all'],
  unauthenticated: [502, 'The provider refused the credential'],
  forbidden: [502, 'The provider refused a privilege'],
  unreachable: [502, 'The provider cannot be reached'],
  certificate: [502, 'The certificate of the provider is not trusted'],
  'node-unreachable': [502, 'The node cannot be reached'],
  timeout: [504, 'The provider did not answer in time'],
  parameter: [502, 'The provider refused a parameter'],
  'no-endpoint': [502, 'The provider does not know the call'],
  'no-such-guest': [502, 'The provider does not have the guest'],
  server: [502, 'The provider failed'],
  malformed: [502, 'The answer of the provider cannot be understood'],
  'wrong-cluster': [409, 'The provider answers as another cluster'],
  locked: [409, 'Another run holds the provider'],
  limit: [422, 'A limit is exceeded'],
  refused: [409, 'The action is refused'],
  moved: [409, 'The plan does not fit any more'],
  uncertain: [502, 'It is not known whether the provider did it'],
  interrupted: [503, 'The server is stopping'],
  database: [503, 'The database does not answer'],
  altered: [500, 'The history was altered'],
  'database-newer': [503, 'The database is of a newer version'],
};

const BUSY: [status: number, title: string] = [429, 'Too many ask at the same time'];

/** The problem that an error is. An error that nobody foresaw says nothing about itself: the log has it. */
function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof AppError) {
    const isBusy = error.code === 'limit' && error.retryable;
    const [status, title] = isBusy ? BUSY : STATUS_OF[error.code];
    return problem(status, error.code, title, error.message, error.hint);
  }
  return (
    fromFastify(error) ?? problem(500, 'internal', 'The server failed', undefined, 'the log of the server says why')
  );
}

const REFUSALS: Readonly<Record<number, [code: string, title: string]>> = {
  400: ['invalid', 'The request cannot be understood'],
  403: ['forbidden', 'This is not given out'],
  404: ['not-found', 'There is no such thing'],
  405: ['method', 'The path does not take this method'],
  413: ['too-large', 'The body is too large'],
  414: ['too-long', 'The address is too long'],
  415: ['media-type', 'The body is not JSON'],
  429: ['too-many', 'Too many requests'],
};

const REFUSED: [code: string, title: string] = ['refused', 'The request is refused'];

/** Refusals of fastify and its plugins: their messages are about the request alone. */
function fromFastify(error: unknown): Problem | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null;
  const { statusCode, message } = error;
  const refusal = REFUSALS[statusCode] ?? (statusCode >= 400 && statusCode < 500 ? REFUSED : undefined);
  return refusal ? problem(statusCode, ...refusal, message) : null;
}

/** For `setErrorHandler`. Failures are logged without what was sent. */
export function handleError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const found = toProblem(error);
  if (found.status >= 500) request.log.error({ err: error }, 'a request failed');
  if (error instanceof ProblemError) reply.headers(error.headers);
  return sendProblem(reply, found);
}
