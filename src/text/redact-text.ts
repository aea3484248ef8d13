import { SHAPES } from './credential-shapes.ts';

/** Stands for a secret that was taken out. */
export const HIDDEN = '«hidden»';

/**
 * Takes credentials of every shape we know out of a text that is printed, logged or stored: of Proxmox, of HTTP, of clouds and of
 * services that hooks go to. It rather hides too much than too little, so it is for errors and logs, not for what is recorded of
 * a guest. Takes linear time, whatever the text.
 */
export function redactText(text: string): string {
  let clean = text;
  for (const { pattern, isSecret } of SHAPES) {
    clean = clean.replace(pattern, (...match) => {
      const [whole, before] = [String(match[0]), match[1]];
      const kept = typeof before === 'string' ? before : '';
      return isSecret?.(whole.slice(kept.length)) === false ? whole : `${kept}${HIDDEN}`;
    });
  }
  return clean;
}
