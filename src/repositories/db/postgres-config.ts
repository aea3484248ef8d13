import type { ClientBase, ClientConfig } from 'pg';
import { type ConnectionOptions, parse, toClientConfig } from 'pg-connection-string';
import { verifiedAs } from '../../text/server-identity.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * The connection options of `postgresql://…`. TLS is used if the URL or PGSSLMODE requests it. The certificate is then
 * verified, unless they disable that (`sslmode=no-verify`, `uselibpqcompat`). This is always set explicitly, since Node.js
 * would otherwise take it from NODE_TLS_REJECT_UNAUTHORIZED.
 */
export function postgresConfig(url: string): ClientConfig {
  const { ssl = sslOfEnvironment(), ...parsed } = parse(url);
  // As pg finds the host.
  const host = parsed.host || process.env['PGHOST'] || 'localhost';
  return { ...toClientConfig(parsed), ssl: verified(ssl, host), connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
}

/**
 * Sent on each new connection. PostgreSQL writes times in the zone and the style of the session, which come from the machine, the
 * database or the role. Prisma's adapter expects ISO 8601 in UTC, and sends its own times without a zone. This is a statement,
 * because PgBouncer refuses unknown startup parameters; it keeps both settings for each of its clients.
 */
export async function useUtc(client: Pick<ClientBase, 'query'>): Promise<void> {
  await client.query("SET TIME ZONE 'UTC'; SET DateStyle TO 'ISO'");
}

type Ssl = NonNullable<ConnectionOptions['ssl']>;

function verified(ssl: Ssl, host: string): NonNullable<ClientConfig['ssl']> {
  if (ssl === false) return false;
  if (ssl === 'no-verify') return { rejectUnauthorized: false };
  const { cert, ...given } = typeof ssl === 'object' ? ssl : {};
  return { ...verifiedAs(host), ...given, ...(typeof cert === 'string' && { cert }) };
}

/** Parsed in the same way as by pg. */
function sslOfEnvironment(): Ssl {
  switch (process.env['PGSSLMODE']) {
    case 'prefer':
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return true;
    case 'no-verify':
      return { rejectUnauthorized: false };
    default:
      return false;
  }
}
