import { isSecretReference, resolveSecret, SECRET_REFERENCES } from '../../app/config/secret.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';

/** The public half of a key is no secret by itself. */
const MAY_BE_GIVEN = new Set(['sshkeys']);

/** What is set in place of a reference. Throws AppError('usage') for a secret on the command line, and AppError('configuration'). */
export async function resolveValue({ app }: CliContext, key: string, value: string): Promise<string> {
  if (isSecretReference(value)) return resolveSecret(value, { ...(await app.secretSources({})), option: `${key}=` });
  if (MAY_BE_GIVEN.has(key)) return value;
  throw new AppError('usage', `the value of ${key} is a secret: others can read it on a command line`, {
    hint: `give a reference: ${key}=${SECRET_REFERENCES}`,
  });
}
