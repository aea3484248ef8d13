import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { AppError } from '../types/errors.ts';

/** Without O_NONBLOCK, opening a FIFO that nobody writes to waits for ever. Windows has neither flag; they count as 0 then. */
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

export interface ReadOptions {
  maxBytes: number;
  /** Throws for a file that is not to be read; gets the very file that is read. */
  check?: (stats: Stats) => void;
  /** Refuses a link. */
  isNotLink?: boolean;
}

/**
 * The text of a regular file. Throws AppError('configuration') for anything else (a FIFO, a device) and for a file that
 * is larger, and the system's error.
 */
export function readRegularFile(file: string, { maxBytes, check, isNotLink = false }: ReadOptions): string {
  const descriptor = openSync(file, O_RDONLY | O_NONBLOCK | (isNotLink ? O_NOFOLLOW : 0));
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw Object.assign(new Error(`${file} is a folder`), { code: 'EISDIR' });
    if (!stats.isFile()) throw refusal(`${file} is not a regular file`, 'name a file that holds the text itself');
    check?.(stats);
    const bytes = readUpTo(descriptor, maxBytes + 1);
    if (bytes.length > maxBytes)
      throw refusal(`${file} is larger than ${maxBytes} bytes`, 'see whether it is the right file');
    return bytes.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** A file may grow while it is read. */
function readUpTo(descriptor: number, most: number): Buffer {
  const buffer = Buffer.alloc(most);
  let size = 0;
  for (let read = -1; read !== 0 && size < most; size += read)
    read = readSync(descriptor, buffer, size, most - size, null);
  return buffer.subarray(0, size);
}

function refusal(message: string, hint: string): AppError {
  return new AppError('configuration', message, { hint });
}
