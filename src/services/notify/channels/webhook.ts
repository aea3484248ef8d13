import { createHmac } from 'node:crypto';
import type { NotifyMessage } from '../../../types/notify.ts';
import { bearer, type HookRequest, jsonRequest } from './hook-request.ts';

export interface WebhookParts {
  url: string;
  message: NotifyMessage;
  /** The message in words. */
  text: string;
  notifier: string;
  /** Of the signature. */
  secret?: string | undefined;
  token?: string | undefined;
  now: Date;
}

/** What receivers and commands get. Stable. */
export function toPayload({ message, text, notifier }: Pick<WebhookParts, 'message' | 'text' | 'notifier'>) {
  return { ...message, notifier, text };
}

export function webhookRequest({ url, token, secret, now, ...parts }: WebhookParts): HookRequest {
  const request = jsonRequest(url, toPayload(parts), { 'Rollcall-Event-Id': parts.message.id, ...bearer(token) });
  return secret === undefined ? request : signed(request, secret, now);
}

/** `Rollcall-Signature: t=SECONDS,v1=HEX` has the HMAC-SHA256 of `SECONDS.BODY`. */
export function signed(request: HookRequest, secret: string, now: Date): HookRequest {
  const seconds = Math.floor(now.getTime() / 1000);
  const signature = createHmac('sha256', secret).update(`${seconds}.${request.body}`).digest('hex');
  return { ...request, headers: { ...request.headers, 'Rollcall-Signature': `t=${seconds},v1=${signature}` } };
}
