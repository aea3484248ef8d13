import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

const FRAME = /(file:\/\/\S{1,500}?\.js):(\d{1,9}):(\d{1,9})/g;
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
  return text.replace(FRAME, (frame, url: string, line: string, column: string) => {
    if (!maps.has(url)) maps.set(url, readMap(url));
    const origin = maps.get(url)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !('fileName' in origin)) return frame;
    const file = origin.fileName.replace(/^(?:\.\.\/)+/, '');
    return `${file}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

function readMap(url: string): SourceMap | null {
  try {
    const payload: SourceMapPayload = JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8'));
    return new SourceMap(payload);
  } catch {
    return null;
  }
}
