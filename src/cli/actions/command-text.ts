import { HIDDEN, isSecretKey } from '../../text/mask-secrets.ts';
import { redactText } from '../../text/redact-text.ts';
import { shellWord } from '../../text/shell-word.ts';

const MOST_CHARACTERS = 2000;

/** The command line for the history: what is written to a key that holds a secret, or looks like one, is hidden. */
export function typedCommandLine(args: readonly string[]): string {
  let isSecret = false;
  const words = args.map((arg) => {
    const wasSecret = isSecret;
    isSecret = /^--[\w-]+$/.test(arg) && isSecretKey(arg.slice(2));
    return quoted(wasSecret ? HIDDEN : withoutSecret(arg));
  });
  return ['rollcall', ...words].join(' ').slice(0, MOST_CHARACTERS);
}

function withoutSecret(arg: string): string {
  const equals = arg.indexOf('=');
  const name = arg.slice(0, Math.max(0, equals)).replace(/^--/, '');
  if (equals > 0 && isSecretKey(name)) return `${arg.slice(0, equals + 1)}${HIDDEN}`;
  return redactText(arg);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./!-]+$/.test(word) ? word : shellWord(word);
}
