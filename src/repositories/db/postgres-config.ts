import type { ClientBase, ClientConfig } from 'pg';
import { type ConnectionOptions, parse, toClientConfig } from 'pg-connection-string';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * How to connect to `postgresql://…`. TLS is used where the URL or PGSSLMODE asks for it, and then the certificate is verified
 * unless they say otherwise themselves (`sslmode=no-verify`, `uselibpqcompat`): what pg leaves out, Node.js would take from
 * NODE_TLS_REJECT_UNAUTHORIZED.
 */
export function postgresConfig(url: string): ClientConfig {
  const { ssl = sslOfEnvironment(), ...parsed } = parse(url);
  return { ...toClientConfig(parsed), ssl: verified(ssl), connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
}

/**
 * To be sent on each new connection. PostgreSQL gives times in the zone of the session, which is that of its machine unless
 * somebody said otherwise; Prisma's adapter takes them for UTC, and sends its own without a zone. A statement, for PgBouncer
 * refuses what it does not know in the first message, and keeps the zone of each of its clients.
 */
export async function useUtc(client: Pick<ClientBase, 'query'>): Promise<void> {
  await client.query("SET TIME ZONE 'UTC'");
}

type Ssl = NonNullable<ConnectionOptions['ssl']>;

function verified(ssl: Ssl): NonNullable<ClientConfig['ssl']> {
  if (ssl === false) return false;
  if (ssl === 'no-verify') return { rejectUnauthorized: false };
  const { cert, ...given } = typeof ssl === 'object' ? ssl : {};
  return { rejectUnauthorized: true, ...given, ...(typeof cert === 'string' && { cert }) };
}

/** As pg reads it. */
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
