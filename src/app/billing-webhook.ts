import { sendGuarded } from '../net/guarded-request.ts';
import type { ExportedTransaction } from '../services/billing/export-book.ts';
import { jsonRequest } from '../services/notify/channels/hook-request.ts';
import { signed } from '../services/notify/channels/webhook.ts';
import { AppError } from '../types/errors.ts';
import { requireCa } from './config/tls.ts';

export interface BookWebhook {
  url: string;
  secret: string;
  isPrivateAllowed: boolean;
  caFile: string | undefined;
  signal: AbortSignal;
  clock: () => Date;
}

/**
 * Posts transactions one after the other, in their order. The id of each is its idempotency key: sent again, it is the same. Throws
 * AppError for the first that is not accepted.
 */
export async function postTransactions(rows: readonly ExportedTransaction[], hook: BookWebhook): Promise<void> {
  const { url, secret, isPrivateAllowed, caFile, signal, clock } = hook;
  const ca = caFile === undefined ? undefined : requireCa(caFile, 'name another one with --ca-file');
  for (const [index, row] of rows.entries()) {
    const request = signed(jsonRequest(url, row, { 'Idempotency-Key': row.id }), secret, clock());
    const answer = await sendGuarded({ ...request, signal, allowHttp: true, isAnyAllowed: isPrivateAllowed, ca });
    if (answer.status >= 200 && answer.status < 300) continue;
    const { origin } = new URL(url);
    throw new AppError(
      'server',
      `${origin} answered ${answer.status} to transaction ${row.id}; ${index} were accepted`,
      {
        hint: 'run the same command again: what was accepted has the same idempotency key',
      },
    );
  }
}
