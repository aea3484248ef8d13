import os from 'node:os';

/** Of who runs the program; in a container, a user may have a number only. */
export function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
