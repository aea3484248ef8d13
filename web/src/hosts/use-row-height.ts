import { useMedia } from '../parts/use-media.ts';

/** Pixels; as --row in styles/tokens.css. */
export function useRowHeight(): number {
  return useMedia('(min-width: 2400px)') ? 36 : 30;
}
