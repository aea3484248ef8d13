import { AppError } from '../types/errors.ts';

/** Throws AppError('limit') where a listing has more guests than a run may read. `guests`: what the platform calls them. */
export function requireFew(count: number, most: number, guests: string): void {
  if (count <= most) return;
  throw new AppError('limit', `${count} ${guests} are listed, more than the ${most} that a run reads`, {
    hint: 'Raise the limit with --max-guests, or read fewer accounts or projects by one provider',
  });
}
