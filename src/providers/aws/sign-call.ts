import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

/** What a call is signed with. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  /** Absent: they do not end. */
  expiration?: Date | undefined;
}

export interface CallToSign {
  keys: Keys;
  region: string;
  /** `ec2`. */
  service: string;
  url: URL;
  body: string;
  headers: Readonly<Record<string, string>>;
  /** By the server's clock. */
  date: Date;
}

/** SHA-256 of Node, in the form that the signature of the vendor's library takes. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === 'string' ? secret : toBytes(secret);
    this.#hash = this.#begin();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begin();
  }

  #begin(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function toBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Headers of a POST with its signature, version 4, by the vendor's library, which is loaded for the first one. */
export async function signCall(call: CallToSign): Promise<Readonly<Record<string, string>>> {
  const { keys, region, service, url, body, headers, date } = call;
  const { SignatureV4 } = await import('./vendor-signature.ts');
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { ...headers, host: url.host },
    body,
  };
  const signed = await signer.sign(request, { signingDate: date });
  return signed.headers;
}
