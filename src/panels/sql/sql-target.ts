import path from 'node:path';
import { isLoopback } from '../../text/loopback.ts';
import { AppError } from '../../types/errors.ts';

const HINT =
  'the secret holds postgresql://user:password@host/name, mysql://user:password@host/name or sqlite:/path/to/file';

/** A database as its URL names it. */
export type SqlTarget =
  | ({ kind: 'postgresql' | 'mysql' } & NetworkDatabase)
  | { kind: 'sqlite'; file: string; label: string };

export interface NetworkDatabase {
  /** Without brackets; of a socket the folder (PostgreSQL) or file (MySQL). */
  host: string;
  port: number;
  isSocket: boolean;
  /** Whether what is sent stays on this machine: it is not encrypted then. */
  isLocal: boolean;
  user: string;
  password: string;
  database: string;
  /** Without user and password. */
  label: string;
}

const KINDS = {
  'postgresql:': { kind: 'postgresql', port: 5432, socket: 'host' },
  'postgres:': { kind: 'postgresql', port: 5432, socket: 'host' },
  'mysql:': { kind: 'mysql', port: 3306, socket: 'socket' },
  'mariadb:': { kind: 'mysql', port: 3306, socket: 'socket' },
} as const;

/** Options of a URL that would turn verification off are refused; no text of it but host, port and name gets into an error. */
export function toSqlTarget(text: string): SqlTarget {
  const file = /^(?:sqlite|file):(?:\/\/(?=\/))?(\/.+)$/.exec(text)?.[1];
  if (file !== undefined) return { kind: 'sqlite', file: path.normalize(file), label: path.normalize(file) };
  // `postgresql:///name?host=/run/postgresql` has no host.
  const url = URL.canParse(text) ? new URL(text) : null;
  const known = Object.entries(KINDS).find(([protocol]) => protocol === url?.protocol)?.[1];
  if (url === null || known === undefined) {
    throw new AppError('configuration', 'the address of the database cannot be read', { hint: HINT });
  }
  refuseOptions(url, known.socket);
  const socket = url.searchParams.get(known.socket);
  const isSocket = socket !== null;
  const host = isSocket ? socket : url.hostname.replace(/^\[|\]$/g, '');
  if (host === '') throw new AppError('configuration', 'the address of the database names no host', { hint: HINT });
  const port = url.port === '' ? known.port : Number(url.port);
  const database = decoded(url.pathname.slice(1));
  return {
    kind: known.kind,
    host,
    port,
    isSocket,
    isLocal: isSocket || isLoopback(host),
    user: decoded(url.username),
    password: decoded(url.password),
    database,
    label: `${known.kind}://${isSocket ? host : `${url.hostname}:${port}`}/${database}`,
  };
}

/** `sslmode` and the like: whether a certificate is verified is not said in a URL. Nor is another host than its own. */
function refuseOptions(url: URL, socket: string): void {
  const odd = [...url.searchParams].filter(([name, value]) => name !== socket || !value.startsWith('/'));
  if (odd.length === 0) return;
  const names = odd.map(([name]) => name).join(', ');
  throw new AppError('configuration', `the address of the database has options that are not used: ${names}`, {
    hint: 'the certificate is always verified unless the host is this machine; --ca-file names another authority',
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AppError('configuration', 'the address of the database cannot be read', {
      hint: 'write % in a user or password as %25',
    });
  }
}
