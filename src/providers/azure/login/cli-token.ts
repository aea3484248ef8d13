import * as z from 'zod';
import { AppError } from '../../../types/errors.ts';
import type { RunProgram } from '../../manifest.ts';
import { type Login, toToken } from './access-token.ts';

const printed = z.object({
  accessToken: z.string().min(1),
  /** Epoch seconds. Older versions have `expiresOn` only, in local time: `2026-11-21 11:00:00.000000`. */
  expires_on: z.number().optional().catch(undefined),
  expiresOn: z.string().optional().catch(undefined),
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
    const { accessToken, expires_on: endsAt, expiresOn = '' } = parsed.data;
    return toToken(accessToken, endsAt === undefined ? Date.parse(expiresOn) : endsAt * 1_000);
  };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
