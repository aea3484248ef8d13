import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request says of its signature, version 4. */
export interface SignedBy {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: readonly string[];
  signature: string;
}

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

export function signedBy(authorization: string | undefined): SignedBy | null {
  const [, accessKeyId, date, region, service, headers, signature] = HEADER.exec(authorization ?? '') ?? [];
  if (!accessKeyId || !date || !region || !service || !headers || !signature) return null;
  return { accessKeyId, date, region, service, signedHeaders: headers.split(';'), signature };
}

/** The signature that a POST to `/` should have, by the vendor's description and no library. */
export function signatureOf(
  { date, region, service, signedHeaders }: SignedBy,
  { headers, body, secret }: { headers: IncomingHttpHeaders; body: string; secret: string },
): string {
  const canonical = [
    'POST',
    '/',
    '',
    ...signedHeaders.map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', String(headers['x-amz-date']), scope, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

/** `20260105T080000Z` as epoch milliseconds. */
export function dateOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
