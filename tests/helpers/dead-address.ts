/**
 * Addresses at which nothing listens and nothing will: no program is given a port that low. A port that was just closed may be
 * given to another one at once.
 */
export const DEAD = 'https://127.0.0.1:1';
export const DEAD_TOO = 'https://127.0.0.1:2';
