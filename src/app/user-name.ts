import os from 'node:os';
import type { Actor } from '../types/people.ts';

/** Of who runs the program; in a container, a user may have a number only. */
export function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Whoever runs a command, for the record of actions. */
export function commandActor(): Actor {
  return { name: userName(), via: 'cli', address: null };
}
