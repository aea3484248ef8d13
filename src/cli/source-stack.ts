import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';

/** The folder of the program, `dist`; only maps in it are read, whatever a text from elsewhere names. */
const HOME = new URL('..', import.meta.url);
const PLACE = /^([\w-]+(?:\/[\w-]+)*\.js):(\d+):(\d+)/;
const PARENTS = /^(?:\.\.\/)+/;
const FIRST_FRAME = '\n    at ';

/**
 * The lines of a stack trace: the error first, whose message may have line breaks of its own, then one indented line for each
 * frame, in terms of the sources.
 */
export function stackLines(stack: string): string[] {
  const at = stack.indexOf(FIRST_FRAME);
  if (at < 0) return [stack];
  const frames = sourceFrames(stack.slice(at + 1)).split('\n');
  return [stack.slice(0, at), ...frames.map((frame) => `    ${frame.trimStart()}`)];
}

/**
 * The program is bundled into few files, each with its source map beside it. Node would read the maps at every start if it were
 * asked to; this reads them for one trace. A frame without a map stays as it is.
 */
function sourceFrames(text: string): string {
  const maps = new Map<string, SourceMap | null>();
  const [before = '', ...parts] = text.split(HOME.href);
  return before + parts.map((part) => inSources(part, maps) ?? HOME.href + part).join('');
}

/** What follows the folder: `bin/chunk-A1.js:1:234)`. null: it has no map. */
function inSources(text: string, maps: Map<string, SourceMap | null>): string | null {
  const [place = '', file = '', line, column] = PLACE.exec(text) ?? [];
  if (place === '') return null;
  if (!maps.has(file)) maps.set(file, readMap(file));
  const origin = maps.get(file)?.findOrigin(Number(line), Number(column));
  if (origin === undefined || !('fileName' in origin)) return null;
  const source = origin.fileName.replace(PARENTS, '');
  return `${source}:${origin.lineNumber}:${origin.columnNumber}${text.slice(place.length)}`;
}

function readMap(file: string): SourceMap | null {
  try {
    const payload: SourceMapPayload = JSON.parse(readFileSync(new URL(`${file}.map`, HOME), 'utf8'));
    return new SourceMap(payload);
  } catch {
    return null;
  }
}
