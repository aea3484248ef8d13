import path from 'node:path';
import type { FileEdit } from '../../app/shell-files.ts';
import { shellWord } from '../../text/shell-word.ts';
import { SCRIPTS, type Shell } from './scripts.ts';

const BEGIN = '# >>> rollcall completion >>>';
const END = '# <<< rollcall completion <<<';

/** Where the user's own files are. */
export interface Home {
  home: string;
  dataHome: string;
  configHome: string;
}

export function homeOf(env: Readonly<Record<string, string | undefined>>, home: string): Home {
  const folder = (name: string, usual: string) => {
    const given = env[name] ?? '';
    return path.isAbsolute(given) ? given : path.join(home, usual);
  };
  return {
    home,
    dataHome: folder('XDG_DATA_HOME', '.local/share'),
    configHome: folder('XDG_CONFIG_HOME', '.config'),
  };
}

/** The files that have to change for a shell to find the script. `read`: the text of a file, null where there is none. */
export function planInstall(
  shell: Shell,
  { home, dataHome, configHome }: Home,
  read: (file: string) => string | null,
): FileEdit[] {
  const own = (name: string) => path.join(dataHome, 'rollcall', name);
  const edits = (file: string, start?: { file: string; line: string }) => {
    const all = [edit(read, file, () => SCRIPTS[shell])];
    if (start !== undefined) all.push(edit(read, start.file, (text) => withBlock(text, start.line)));
    return all.filter(({ before, after }) => before !== after);
  };
  switch (shell) {
    case 'bash':
      // The package bash-completion loads it when the program is named for the first time.
      return edits(path.join(dataHome, 'bash-completion/completions/rollcall'));
    case 'fish':
      return edits(path.join(configHome, 'fish/completions/rollcall.fish'));
    case 'zsh': {
      const file = own('completion.zsh');
      const line = `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\nsource ${shellWord(file)}`;
      return edits(file, { file: path.join(home, '.zshrc'), line });
    }
    case 'powershell': {
      const file = own('completion.ps1');
      const profile = path.join(configHome, 'powershell/profile.ps1');
      return edits(file, { file: profile, line: `. '${file.replaceAll("'", "''")}'` });
    }
  }
}

function edit(read: (file: string) => string | null, file: string, next: (before: string) => string): FileEdit {
  const before = read(file);
  return { file, before, after: next(before ?? '') };
}

/** The text with one block of ours, in place of an earlier one or at its end. */
function withBlock(text: string, line: string): string {
  const block = `${BEGIN}\n${line}\n${END}\n`;
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(`${END}\n`)];
  if (start >= 0 && end > start) return text.slice(0, start) + block + text.slice(end + END.length + 1);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${block}`;
}

/** What an edit adds and takes away, line by line. */
export function editLines({ file, before, after }: FileEdit): string[] {
  if (before === null) return [`${file}: new, ${after.split('\n').length - 1} lines`];
  const [old, now] = [before.split('\n'), after.split('\n')];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `  - ${line}`);
  const come = now.filter((line) => !old.includes(line)).map((line) => `  + ${line}`);
  return [`${file}: changed`, ...gone, ...come];
}
