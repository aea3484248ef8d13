import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

const FRAME = /(file:\/\/\S+?\.js):(\d+):(\d+)/g;

/**
 * A stack trace in terms of the sources: the program is put together into few files, each with its map beside it, which Node
 * would read at every start if it were asked to. A frame without a map stays as it is.
 */
export function sourceStack(text: string): string {
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
