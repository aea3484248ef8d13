import { invitationPath } from '../../services/people/secrets.ts';
import type { Invitation } from '../../services/people/user-service.ts';
import { plainUrl } from '../../text/plain-url.ts';
import { withoutTrailingSlashes } from '../../text/without-slashes.ts';
import { AppError } from '../../types/errors.ts';

/** The link that sets a password; without the address of the server its path. Throws AppError('usage'). */
export function invitationLink({ secret }: Invitation, url: string | undefined): string {
  const path = invitationPath(secret);
  if (url === undefined) return path;
  const parsed = plainUrl(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new AppError('usage', `'${url}' is not the address of a server`, {
      hint: 'write --url https://rollcall.example.com, with its base path if it has one',
    });
  }
  return `${withoutTrailingSlashes(parsed.href)}${path}`;
}
