import os from 'node:os';
import { sendGuarded } from '../net/guarded-request.ts';
import { sendMail } from '../net/send-mail.ts';
import {
  discordRequest,
  escapeDiscord,
  escapeMatrix,
  escapeSlack,
  escapeTeams,
  matrixRequest,
  ntfyRequest,
  slackRequest,
  teamsRequest,
} from '../services/notify/channels/chat.ts';
import type { HookRequest } from '../services/notify/channels/hook-request.ts';
import { toMail } from '../services/notify/channels/mail.ts';
import { toPayload, webhookRequest } from '../services/notify/channels/webhook.ts';
import { renderText } from '../services/notify/template.ts';
import { isLoopback } from '../text/loopback.ts';
import { AppError } from '../types/errors.ts';
import {
  MOST_ATTEMPT_MS,
  type NotifierSettings,
  type NotifyChannel,
  type NotifyMessage,
  type SendOutcome,
} from '../types/notify.ts';
import { childEnvironment } from './config/child-environment.ts';
import type { Environment } from './config/environment.ts';
import { findProgram } from './config/find-program.ts';
import { runProgram } from './config/run-program.ts';
import { isSecretReference, resolveSecret, type SecretSources } from './config/secret.ts';
import { requireCa } from './config/tls.ts';

/** Fields that hold a reference to a secret, or may. */
const MAY_REFER: ReadonlySet<string> = new Set(['url', 'topic', 'secretRef', 'tokenRef', 'passwordRef']);
const MAX_OUTPUT_BYTES = 64 * 1024;
const KILL_AFTER_MS = 2000;
const MOST_ANSWER_CHARACTERS = 200;

type HookChannel = Exclude<NotifyChannel, { kind: 'command' | 'email' }>;

export interface Sending {
  notifier: string;
  settings: NotifierSettings;
  sources: SecretSources;
  signal: AbortSignal;
  clock: () => Date;
}

/** Sends messages of one notifier. Its secrets are read when the first one is sent: often there is none. */
export function openSender(sending: Sending): (message: NotifyMessage, timeoutMs: number) => Promise<SendOutcome> {
  let opened: Promise<ReadonlyMap<string, string>> | undefined;
  return async (message, mostMs) => {
    let secrets: ReadonlyMap<string, string> = new Map();
    try {
      opened ??= resolveSecrets(sending);
      secrets = await opened;
      return await send({ ...sending, secrets, message, timeoutMs: Math.min(mostMs, MOST_ATTEMPT_MS) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const isRefused = error.code === 'parameter';
      return { isDelivered: false, error: withoutSecrets(error.message, secrets), hint: error.hint, isRefused };
    }
  };
}

/** By reference. Throws AppError('configuration'), 'unconfirmed'. */
async function resolveSecrets({ settings, sources, notifier }: Sending): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  for (const reference of referencesOf(settings.channel)) {
    try {
      secrets.set(reference, await resolveSecret(reference, sources));
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
      const { code, message } = error;
      const readable = `make the secret readable as ${reference}, or add the notifier again with another reference`;
      const hint = code === 'unconfirmed' ? `if you know it: rollcall notify confirm ${notifier}` : readable;
      throw new AppError(code, message, { hint });
    }
  }
  return secrets;
}

/** The references to secrets of a channel. */
export function referencesOf(channel: NotifyChannel): string[] {
  return Object.entries(channel).flatMap(([field, value]: [string, unknown]) =>
    MAY_REFER.has(field) && typeof value === 'string' && isSecretReference(value) ? [value] : [],
  );
}

interface Attempt extends Sending {
  secrets: ReadonlyMap<string, string>;
  message: NotifyMessage;
  timeoutMs: number;
}

async function send(attempt: Attempt): Promise<SendOutcome> {
  const { channel } = attempt.settings;
  switch (channel.kind) {
    case 'command':
      return runCommand(channel, attempt);
    case 'email': {
      const { user, passwordRef, host, port, security, from, to, isPrivateAllowed, caFile } = channel;
      const password = passwordRef === undefined ? '' : secretOf(passwordRef, attempt);
      const login = user === undefined ? undefined : { user, password };
      const mail = toMail(
        attempt.message,
        textOf(attempt, (text) => text),
      );
      const server = { host, port, security, isPrivateAllowed, login, ca: readCa(caFile) };
      await sendMail(server, { from, to, ...mail }, attempt.timeoutMs);
      return { isDelivered: true };
    }
    default:
      return post(channel, attempt);
  }
}

async function post(channel: HookChannel, attempt: Attempt): Promise<SendOutcome> {
  const { timeoutMs, signal, secrets } = attempt;
  const { method, url, headers, body } = toRequest(channel, attempt);
  if (channel.tokenRef !== undefined && isPlainText(url)) {
    throw new AppError('configuration', `${new URL(url).origin} is refused: a token is not sent over plain HTTP`, {
      hint: `add the notifier again with an https: address`,
    });
  }
  const answer = await sendGuarded({
    url,
    method,
    headers,
    body,
    timeoutMs,
    signal,
    allowHttp: true,
    isAnyAllowed: channel.isPrivateAllowed,
    ca: readCa(channel.caFile),
  });
  if (answer.status >= 200 && answer.status < 300) return { isDelivered: true };
  const { origin } = new URL(url);
  const words = answer.text.replace(/\s+/g, ' ').trim().slice(0, MOST_ANSWER_CHARACTERS);
  const isRedirect = answer.status >= 300 && answer.status < 400;
  const what = isRedirect ? `answered ${answer.status}, and redirects are not followed` : `answered ${answer.status}`;
  const error = `${origin} ${what}${words === '' || isRedirect ? '' : `: ${words}`}`;
  return {
    isDelivered: false,
    error: withoutSecrets(error, secrets),
    isRefused: [400, 405, 406, 410, 411, 413, 414, 415, 422].includes(answer.status),
    ...(answer.retryAfterMs !== undefined && { retryAfterMs: answer.retryAfterMs }),
  };
}

/** Whether others on the way can read what is sent to an address. */
export function isPlainText(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
}

function toRequest(channel: HookChannel, attempt: Attempt): HookRequest {
  const { message, notifier, clock } = attempt;
  const url = secretOf(channel.url, attempt);
  const token = channel.tokenRef === undefined ? undefined : secretOf(channel.tokenRef, attempt);
  switch (channel.kind) {
    case 'webhook': {
      const secret = channel.secretRef === undefined ? undefined : secretOf(channel.secretRef, attempt);
      const text = textOf(attempt, (value) => value);
      return webhookRequest({ url, message, text, notifier, secret, token, now: clock() });
    }
    case 'slack':
      return slackRequest(url, textOf(attempt, escapeSlack));
    case 'discord':
      return discordRequest(url, textOf(attempt, escapeDiscord));
    case 'teams':
      return teamsRequest(url, textOf(attempt, escapeTeams));
    case 'matrix':
      return matrixRequest({ url, room: channel.room, token: token ?? '' }, message, textOf(attempt, escapeMatrix));
    case 'ntfy':
      return ntfyRequest(
        { url, topic: secretOf(channel.topic, attempt), token },
        message,
        textOf(attempt, (value) => value),
      );
  }
}

function textOf({ settings, message }: Attempt, escaped: (text: string) => string): string {
  return renderText(settings.template, message, escaped);
}

/** The payload of a webhook on its standard input; no shell. */
async function runCommand(
  { argv: [program = '', ...args], timeoutMs }: Extract<NotifyChannel, { kind: 'command' }>,
  attempt: Attempt,
): Promise<SendOutcome> {
  const { sources, message, notifier, signal } = attempt;
  const processEnv: Environment = sources.processEnv ?? sources.env;
  const file = findProgram(program, processEnv['PATH']);
  if (file === null) return { isDelivered: false, error: `${program}: there is no such program`, isRefused: false };
  const secretVariables = (await sources.secretVariables?.()) ?? [];
  const text = textOf(attempt, (value) => value);
  const limitMs = Math.round(Math.min(timeoutMs, attempt.timeoutMs));
  const { failure } = await runProgram(file, args, {
    env: childEnvironment({ processEnv, env: sources.env, secretVariables }),
    cwd: os.tmpdir(),
    signal,
    timeoutMs: limitMs,
    killAfterMs: KILL_AFTER_MS,
    maxBytes: MAX_OUTPUT_BYTES,
    input: `${JSON.stringify(toPayload({ message, text, notifier }))}\n`,
  });
  if (failure === null) return { isDelivered: true };
  const error = `${program} failed (${failure})`;
  if (failure !== 'timeout') return { isDelivered: false, error, isRefused: false };
  const hint = `it was ended after ${limitMs / 1000} s: make it faster, or add the notifier again with a longer --timeout (at most 15s)`;
  return { isDelivered: false, error, hint, isRefused: false };
}

function secretOf(text: string, { secrets }: Pick<Attempt, 'secrets'>): string {
  return secrets.get(text) ?? text;
}

/** Receivers repeat in their errors what they were sent. */
function withoutSecrets(text: string, secrets: ReadonlyMap<string, string>): string {
  return [...secrets.values()].reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

function readCa(file: string | undefined): string | undefined {
  const hint = 'put it back, or add the notifier again with another --ca-file';
  return file === undefined ? undefined : requireCa(file, hint);
}
