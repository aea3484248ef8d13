import { useSyncExternalStore } from 'react';

const WIDE = '(min-width: 2400px)';

/** Pixels; as --row in styles/tokens.css. */
export function useRowHeight(): number {
  const isWide = useSyncExternalStore(
    (listener) => {
      const media = matchMedia(WIDE);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => matchMedia(WIDE).matches,
  );
  return isWide ? 36 : 30;
}
