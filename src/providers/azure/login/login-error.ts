import * as z from 'zod';
import { AppError } from '../../../types/errors.ts';

const MOST_REASON = 160;
/** Of MSAL: what the login answered stands in the message. */
const refusal = z.object({ errorCode: z.string(), errorMessage: z.string().catch('') });
const ENTRA_CODE = /\bAADSTS\d{1,9}\b/;

const HINTS: Readonly<Record<string, string>> = {
  AADSTS7000215: 'the secret is not that of the client: give the value of a client secret, and not its id',
  AADSTS7000222: 'the client secret has ended: make a new one for the app registration',
  AADSTS700016: 'there is no such client in the tenant: check both ids',
  AADSTS90002: 'there is no such tenant: check its id',
  AADSTS700027: 'the certificate is not one of the app registration, or has ended',
};

/** What an error of MSAL says, in one line. Where no answer came, `failure` says why. */
export function toLoginError(error: unknown, what: string, failure: unknown): unknown {
  if (failure !== null) return failure;
  const parsed = refusal.safeParse(error);
  if (!parsed.success) return error;
  const { errorCode, errorMessage } = parsed.data;
  const code = ENTRA_CODE.exec(errorMessage)?.[0];
  const said = errorMessage.slice(code === undefined ? 0 : errorMessage.indexOf(code));
  // After the first sentence there are ids of the request.
  const [first = ''] = said.split(/\. |\r?\n/);
  return new AppError('unauthenticated', `${what}: ${first.slice(0, MOST_REASON) || errorCode}`, {
    hint: HINTS[code ?? ''] ?? 'Check the ids of tenant and client, and that the secret or certificate is theirs',
  });
}
