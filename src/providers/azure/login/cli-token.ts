import * as z from 'zod';
import { AppError } from '../../../types/errors.ts';
import type { RunProgram } from '../../manifest.ts';
import type { Login } from './access-token.ts';

/** Where Azure's program does not say when its token ends. */
const USUAL_LIFE_MS = 10 * 60_000;

const printed = z.object({
  accessToken: z.string().min(1),
  /** Epoch seconds; `expiresOn` beside it is local time. */
  expires_on: z.number().optional().catch(undefined),
});

/** Whoever has logged in by `az login` as the user that this runs as. */
export function cliLogin(resource: string, runProgram: RunProgram | undefined): Login {
  return async (signal) => {
    if (runProgram === undefined) throw new AppError('configuration', 'az cannot be run here');
    const args = ['account', 'get-access-token', '--resource', `${resource}/`, '--output', 'json'];
    const parsed = printed.safeParse(fromJson(await runProgram('az', args, signal)));
    if (!parsed.success) {
      throw new AppError('configuration', 'az account get-access-token printed no token', {
        hint: 'run it by hand as the user that runs rollcall; az login logs in',
      });
    }
    const { accessToken, expires_on: endsAt } = parsed.data;
    return { text: accessToken, lifeMs: endsAt === undefined ? USUAL_LIFE_MS : endsAt * 1_000 - Date.now() };
  };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
