import type { CallLabel } from '../net/call-label.ts';
import { splitAuthId } from '../types/auth-id.ts';
import { AppError, type ErrorCode } from '../types/errors.ts';
import { isRecord, toJsonText } from './decode/primitives.ts';
import { parseJson } from './json.ts';

/** Who asks, as messages and hints may say it. */
export interface Identity {
  kind: 'token' | 'password';
  /** `user@realm!name` or `user@realm`. */
  name: string;
}

interface Answer {
  status: number;
  reason: string;
  text: string;
}

const NODE_UNREACHABLE = new Set([595, 596, 597, 598, 599]);
const GONE_CONFIG = /Configuration file '[^']*' does not exist|unable to find configuration file/;
const UNKNOWN_NODE = /hostname lookup '[^']*' failed|'\/etc\/pve\/nodes\/[^']*\/pve-ssl\.pem' does not exist/;
/** Without pmxcfs a node knows no rights, so it answers nothing; each answer takes 3 to 10 s (seen on 9.2.11). */
const NO_PMXCFS = /RPCEnvironment init request failed/;
const TRANSIENT = /timed? ?out|got timeout|can't lock|connection (?:refused|reset)|temporarily/i;

/** A longer body is a page or an attack; the reason phrase has to do. */
const MAX_BODY = 256 * 2 ** 10;
/** What is read of a reason, before any pattern sees it. */
const MAX_REASON = 2 * 2 ** 10;
const MAX_DETAILS = 20;

/** Why the server refused: `message` of the body, then `errors`, then the HTTP reason phrase. One line of 2 KiB at most. */
export function reasonOf({ status, reason, text }: Answer): string {
  const body = readBody(text);
  const message = typeof body['message'] === 'string' ? body['message'].slice(0, MAX_REASON) : '';
  const details = Object.entries(isRecord(body['errors']) ? body['errors'] : {})
    .slice(0, MAX_DETAILS)
    .map(([name, problem]) => `${name.slice(0, MAX_REASON)}: ${wordsOf(problem)}`);
  const base = message.trim() || (details.length > 0 && status === 400 ? '' : reason.slice(0, MAX_REASON).trim());
  const joined = [base.replace(/[.:]$/, ''), details.join(', ')].filter((part) => part !== '').join(': ');
  return (joined.slice(0, MAX_REASON) || `no reason given`).replace(/\s+/g, ' ');
}

function wordsOf(problem: unknown): string {
  if (typeof problem === 'string') return problem.slice(0, MAX_REASON);
  return toJsonText(problem)?.slice(0, MAX_REASON) ?? '(unreadable)';
}

/** The AppError for an answer that is not a success. */
export function answerError(answer: Answer, label: CallLabel, identity: Identity): AppError {
  const reason = reasonOf(answer);
  const code = codeOf(answer.status, reason, label);
  const hint = hintOf(code, reason, answer.status, label, identity);
  return new AppError(code, `${label.verb} ${label.path}: ${reason} (${answer.status})`, {
    retryable: isRetryable(answer.status, code, reason),
    ...(hint !== undefined && { hint }),
  });
}

/** The privilege that a 403 asks for, as Proxmox VE names it; null for any other error. Several privileges: any of them. */
export function missingPrivilege(error: AppError): { path: string; privileges: readonly string[] } | null {
  return error.code === 'forbidden' ? privilegeIn(error.message) : null;
}

const REFUSAL = 'Permission check failed (';
const SHELL_WORD = /^[\w./:@+-]+$/;

/** `Permission check failed (/vms/100, VM.Audit|VM.Config)`. By hand: a pattern would read on from each of many beginnings. */
function privilegeIn(text: string): { path: string; privileges: readonly string[] } | null {
  const start = text.indexOf(`${REFUSAL}/`) + REFUSAL.length;
  const comma = text.indexOf(', ', start);
  const end = text.indexOf(')', start);
  if (start < REFUSAL.length || comma < 0 || end < comma) return null;
  const path = text.slice(start, comma);
  const privileges = text.slice(comma + 2, end).split(/[|,\s]+/);
  // The hint has them in a command for a shell.
  return [path, ...privileges].every((word) => SHELL_WORD.test(word)) ? { path, privileges } : null;
}

/** Whether the server itself cannot answer anything, whatever it is asked: another node of the cluster may. */
export function lacksPmxcfs({ status, reason }: Pick<Answer, 'status' | 'reason'>): boolean {
  return status === 500 && NO_PMXCFS.test(reason);
}

function codeOf(status: number, reason: string, { path }: CallLabel): ErrorCode {
  if (lacksPmxcfs({ status, reason })) return path.startsWith('/nodes/') ? 'node-unreachable' : 'unreachable';
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 400) return 'parameter';
  if (status === 404 || status === 501) return 'no-endpoint';
  if (status >= 300 && status < 400) return 'configuration';
  if (NODE_UNREACHABLE.has(status)) return 'node-unreachable';
  if (status === 504) return 'timeout';
  if (status === 500 && GONE_CONFIG.test(reason)) return 'no-such-guest';
  if (status === 500 && UNKNOWN_NODE.test(reason)) return 'node-unreachable';
  return 'server';
}

function isRetryable(status: number, code: ErrorCode, reason: string): boolean {
  if (code === 'node-unreachable' || code === 'timeout') return status !== 500;
  if (code !== 'server') return false;
  return status === 429 || status > 500 || TRANSIENT.test(reason);
}

function hintOf(
  code: ErrorCode,
  reason: string,
  status: number,
  label: CallLabel,
  identity: Identity,
): string | undefined {
  const node = /^\/nodes\/([^/?]+)/.exec(label.path)?.[1];
  if (lacksPmxcfs({ status, reason })) {
    const where = node ?? new URL(label.endpoint).hostname;
    return `pmxcfs does not run on ${where}: see \`systemctl status pve-cluster\` there`;
  }
  switch (code) {
    case 'unauthenticated':
      return unauthenticatedHint(reason, identity);
    case 'forbidden':
      return forbiddenHint(reason, identity);
    case 'parameter':
      return 'The server does not accept this value; it may be of another version of Proxmox VE';
    case 'no-endpoint':
      return status === 404
        ? `Something other than Proxmox VE may answer at ${label.endpoint}; its API is usually on port 8006, or below a path of a reverse proxy: https://HOST/PATH`
        : 'This version of Proxmox VE does not have this call';
    case 'configuration':
      return `${label.endpoint} redirects: give the address of the API itself, usually https://HOST:8006`;
    case 'node-unreachable':
      return node === undefined
        ? 'A node of the cluster does not answer: see `pvecm status`'
        : `${label.endpoint} cannot reach node ${node}: check that it is up and in the cluster (\`pvecm status\`)`;
    case 'no-such-guest':
      return 'The guest was removed, or is on another node now';
    case 'timeout':
      return 'The server is overloaded, or a proxy before it gave up: try again later';
    default:
      return status === 429 || status === 503 ? 'The server is overloaded: try again later' : undefined;
  }
}

function unauthenticatedHint(reason: string, { kind, name }: Identity): string {
  if (kind === 'password') {
    return `Check the password of ${name} and its realm (@pam, @pve, …), that the user is enabled and has not expired, and PROXMOX_TOTP_SECRET if it has a second factor`;
  }
  if (reason === 'No ticket') {
    return 'The Authorization header did not arrive: check for a reverse proxy that drops it';
  }
  const { user, token } = splitAuthId(name);
  const tokenId = token ?? '';
  return [
    `Check that token ${name} exists, has not expired and that its secret is right: \`pveum user token list ${user}\``,
    `that user ${user} is enabled and has not expired: \`pveum user list\``,
    `a lost secret needs a new token: \`pveum user token remove ${user} ${tokenId}\`, then ${newToken(user, tokenId)}`,
  ].join('; ');
}

/** A new token has no rights of its own: it takes those of its user, which root's should not. */
function newToken(user: string, token: string): string {
  const add = `pveum user token add ${user} ${token}`;
  if (user !== 'root@pam') return `\`${add} --privsep 0\``;
  return `\`${add}\` and \`pveum acl modify / --tokens '${user}!${token}' --roles PVEAuditor\``;
}

/** `pveum` lines that give the missing privilege. PVEAuditor has every *.Audit, and nothing that changes anything. */
function forbiddenHint(reason: string, { kind, name }: Identity): string {
  const missing = privilegeIn(reason);
  if (!missing) return `${name} lacks a privilege: see \`pveum user permissions '${name}'\``;
  const audit = missing.privileges.find((privilege) => privilege.endsWith('.Audit'));
  const privilege = audit ?? missing.privileges[0] ?? '';
  const role = audit === undefined ? `Rollcall-${privilege.replace('.', '-')}` : 'PVEAuditor';
  const who = kind === 'token' ? `--tokens '${name}'` : `--users '${name}'`;
  const add = audit === undefined ? `pveum role add ${role} --privs ${privilege} && ` : '';
  return `Give it ${privilege} on ${missing.path}: \`${add}pveum acl modify ${missing.path} ${who} --roles ${role}\``;
}

function readBody(text: string): Record<string, unknown> {
  if (text.length > MAX_BODY || !text.trimStart().startsWith('{')) return {};
  try {
    const body = parseJson(text);
    return isRecord(body) ? body : {};
  } catch {
    return {}; // an error page or a cut body: the reason phrase has to do
  }
}
