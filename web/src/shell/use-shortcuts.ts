import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { usePlaces } from './navigation.tsx';

const SEQUENCE_MS = 1200;

/** `g` and a letter go to a view, `/` to its search, `?` to the help. Nothing happens while somebody types. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const places = usePlaces();
  const startedAt = useRef(0);
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const place = places.find(({ key }) => key === event.key);
      if (place !== undefined && Date.now() - startedAt.current < SEQUENCE_MS) void navigate({ to: place.to });
      startedAt.current = event.key === 'g' ? Date.now() : 0;
      if (event.key === '?') onHelp();
      if (event.key === '/') {
        const search = document.querySelector('[data-search]');
        if (!(search instanceof HTMLElement)) return;
        event.preventDefault();
        search.focus();
      }
    }
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate, onHelp, places]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}
