/** The words of a command line up to the cursor, without what their quotation marks stand for being run. */
export interface TypedLine {
  /** Without the name of the program and the word at the cursor. */
  words: readonly string[];
  /** The word at the cursor, unquoted. */
  current: string;
  /** What of it the shell keeps: so many of its characters. */
  kept: number;
  /** The quotation mark that is open at the cursor. */
  quote: '' | '"' | "'";
}

/** Control operators: what follows is another command. */
const CONTROL = /[;|&()\n]/;
/** What a backslash escapes inside double quotation marks. Source: bash(1), QUOTING. */
const ESCAPED = /["$`\\\n]/;

/**
 * Reads a line as bash does, up to the cursor. `breaks`: COMP_WORDBREAKS; what bash replaces begins behind the last of these that is
 * not quoted, or behind the quotation mark that is open. null where nothing can be completed: inside `$'…'` or a substitution.
 */
export function readBashLine(line: string, breaks: string): TypedLine | null {
  let words: string[] = [];
  let word = '';
  let isWord = false;
  let kept = 0;
  let quote: TypedLine['quote'] = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    const next = line[at + 1];
    if (quote === "'") {
      if (character === "'") quote = '';
      else word += character;
    } else if (quote === '"') {
      if (character === '"') quote = '';
      else if (character === '\\' && next !== undefined && ESCAPED.test(next)) word += line[(at += 1)] ?? '';
      else word += character;
    } else if (character === '\\') {
      if (next === undefined) return null;
      word += line[(at += 1)] ?? '';
      isWord = true;
    } else if (character === '$' && (next === "'" || next === '(')) return null;
    else if (character === '`') return null;
    else if (character === "'" || character === '"') {
      quote = character;
      isWord = true;
      kept = word.length;
    } else if (/\s/.test(character) || CONTROL.test(character)) {
      if (isWord) words.push(word);
      if (CONTROL.test(character)) words = [];
      [word, isWord, kept] = ['', false, 0];
    } else {
      word += character;
      isWord = true;
      if (breaks.includes(character)) kept = word.length;
    }
  }
  const command = words.findIndex((one) => !/^\w+=/.test(one));
  return command === -1 ? null : { words: words.slice(command + 1), current: word, kept, quote };
}

/** What bash puts behind what it keeps of the word; null where no quotation can say it. */
export function bashText(value: string, { kept, quote }: TypedLine): string | null {
  const rest = value.slice(kept);
  if (quote === "'") return rest.replaceAll("'", String.raw`'\''`);
  // An interactive bash takes ! for its history here, and a backslash before it would stay.
  if (quote === '"') return rest.includes('!') ? null : rest.replace(/["$`\\]/g, String.raw`\$&`);
  return rest.replace(/[^\w./:=@%+,\-\u0080-\uffff]/g, String.raw`\$&`);
}

/** A token of fish as it was typed, with an open quotation mark or backslashes. */
export function readFishToken(token: string): string {
  let text = '';
  let quote = '';
  for (let at = 0; at < token.length; at += 1) {
    const character = token[at] ?? '';
    const next = token[at + 1];
    const isEscape = character === '\\' && next !== undefined && (quote === '' || /["'$\\]/.test(next));
    if (isEscape) text += token[(at += 1)] ?? '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
    else text += character;
  }
  return text;
}

/**
 * A word of PowerShell. It takes typographic quotation marks for its own. Source: PowerShell, CodeGeneration.cs,
 * EscapeSingleQuotedStringContent.
 */
export function powershellText(value: string): string {
  return /^[\w./:][\w./:=-]*$/.test(value) ? value : `'${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}
