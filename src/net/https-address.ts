import { withoutTrailingSlashes } from '../text/without-slashes.ts';
import { AppError } from '../types/errors.ts';

/** `https://host[:port]`, with the path of a reverse proxy. Throws AppError('configuration'), also for plain HTTP. */
export function httpsAddress(text: string, { title, example }: { title: string; example: string }): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw new AppError('configuration', `Not an address of ${title}: ${url ? url.origin : 'it cannot be read'}`, {
      hint: `Give ${example}, without a user or password`,
    });
  }
  return url.origin + withoutTrailingSlashes(url.pathname);
}
