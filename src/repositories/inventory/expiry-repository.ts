import type { CertificateEnd, StoredCredentialEnd } from '../../types/expiry.ts';
import type { Connection } from '../db/connection.ts';
import type { Row } from '../db/row.ts';

/** A provider with one of its addresses that showed a certificate, or with none. */
interface ExpiryRow {
  certificate: CertificateEnd | null;
  credential: StoredCredentialEnd | null;
}

/** What runs found of providers that is valid until a time. It imports types only: what commands share stays in one file of the bundle. */
export class ExpiryRepository {
  readonly #connection: Pick<Connection, 'reader'>;

  constructor(connection: Pick<Connection, 'reader'>) {
    this.#connection = connection;
  }

  /** Of the certificates that the addresses of providers showed last, and of the credentials in use. */
  async list(): Promise<{ certificates: readonly CertificateEnd[]; credentials: readonly StoredCredentialEnd[] }> {
    const sql = `SELECT p."id", p."credential", p."credentialName", p."credentialEndsAt",
        h."url", h."node", h."fingerprint", h."certificateEndsAt"
      FROM "providers" p LEFT JOIN "endpoint_health" h ON h."providerId" = p."id" AND h."certificateEndsAt" IS NOT NULL
      WHERE p."removedKey" = '' ORDER BY p."id", h."node", h."url"`;
    const rows = await this.#connection.reader.list({ sql, noun: 'provider' }, toExpiry);
    const certificates = rows.flatMap(({ certificate }) => certificate ?? []);
    const credentials = rows.flatMap(({ credential }) => credential ?? []);
    return {
      certificates,
      credentials: credentials.filter(({ providerId }, place) => providerId !== credentials[place - 1]?.providerId),
    };
  }
}

function toExpiry(row: Row): ExpiryRow {
  const providerId = row.text('id');
  const [url, fingerprint, until] = [
    row.textOrNull('url'),
    row.textOrNull('fingerprint'),
    row.timeOrNull('certificateEndsAt'),
  ];
  const isShown = url !== null && fingerprint !== null && until !== null;
  return {
    certificate: isShown ? { providerId, url, node: row.textOrNull('node'), fingerprint, endsAt: until } : null,
    credential: toCredential(row, providerId),
  };
}

/** What was read of a credential that is not in use any more says nothing. */
function toCredential(row: Row, providerId: string): StoredCredentialEnd | null {
  const { tokenId, user, login } = row.json('credential', hasName);
  const [name, endsAt] = [row.textOrNull('credentialName'), row.timeOrNull('credentialEndsAt')];
  if (name === null || endsAt === null || name !== (tokenId ?? user ?? login)) return null;
  return { providerId, name, isToken: tokenId !== undefined, endsAt };
}

/** Each kind of credential has one of them. */
function hasName(value: unknown): value is { tokenId?: unknown; user?: unknown; login?: unknown } {
  return typeof value === 'object' && value !== null;
}
