import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bitString, der, integer, objectId, octetString, sequence, utcTime, utf8String } from './der.ts';

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 730;
const SIGNATURE = sequence(objectId('1.2.840.10045.4.3.2'));
const NAME_OIDS: Readonly<Record<string, string>> = { CN: '2.5.4.3', OU: '2.5.4.11', O: '2.5.4.10' };

/** In the order in which they are written. */
type Name = readonly (readonly [attribute: 'CN' | 'OU' | 'O', value: string])[];

export interface LabCertificate {
  pem: string;
  /** Empty for the authority's own, whose key stays with it. */
  keyPem: string;
  /** SHA-256 as `AA:BB:…`. */
  fingerprint: string;
  /** Epoch seconds. */
  notBefore: number;
  notAfter: number;
  /** `/CN=…/OU=…/O=…`. */
  subject: string;
  issuer: string;
  /** Names and addresses that it is for, IPv6 written out. */
  san: readonly string[];
}

interface Content {
  subject: Name;
  issuer: Name;
  days: number;
  publicKey: KeyObject;
  extensions: readonly Buffer[];
}

/**
 * A cluster's own CA. Certificates are put together here, and not by a library, because every lab has its own: this takes
 * about a millisecond, and nothing has to be loaded for it.
 */
export class CertificateAuthority {
  readonly certificate: LabCertificate;
  private readonly name: Name;
  private readonly privateKey: KeyObject;
  private readonly keyId: Buffer;

  constructor() {
    const { privateKey, publicKey } = newKey();
    this.privateKey = privateKey;
    this.keyId = keyIdOf(publicKey);
    // As PVE::Cluster::Setup gen_pve_root_ca names it.
    this.name = [
      ['CN', 'Proxmox Virtual Environment'],
      ['OU', randomUUID()],
      ['O', 'PVE Cluster Manager CA'],
    ];
    const extensions = [
      extension('2.5.29.14', octetString(this.keyId)),
      extension('2.5.29.35', sequence(der(0x80, this.keyId))),
      extension('2.5.29.19', sequence(TRUE), true),
    ];
    const content = { subject: this.name, issuer: this.name, days: AUTHORITY_DAYS, publicKey, extensions };
    this.certificate = this.signed(content, '', []);
  }

  /** For a node: `names` are host names and addresses. */
  issue(node: string, names: readonly string[]): LabCertificate {
    const { privateKey, publicKey } = newKey();
    const subject: Name = [
      ['OU', 'PVE Cluster Node'],
      ['O', 'Proxmox Virtual Environment'],
      ['CN', node],
    ];
    const extensions = [
      extension('2.5.29.19', sequence()),
      extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', sequence(...names.map(alternativeName))),
      extension('2.5.29.14', octetString(keyIdOf(publicKey))),
      extension('2.5.29.35', sequence(der(0x80, this.keyId))),
    ];
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return this.signed({ subject, issuer: this.name, days: SERVER_DAYS, publicKey, extensions }, keyPem, names);
  }

  private signed(content: Content, keyPem: string, san: readonly string[]): LabCertificate {
    const body = toBeSigned(content);
    const raw = sequence(body, SIGNATURE, bitString(sign('sha256', body, this.privateKey)));
    const certificate = new X509Certificate(raw);
    return {
      pem: certificate.toString(),
      keyPem,
      fingerprint: certificate.fingerprint256,
      notBefore: Date.parse(certificate.validFrom) / 1000,
      notAfter: Date.parse(certificate.validTo) / 1000,
      subject: slashed(content.subject),
      issuer: slashed(content.issuer),
      san: san.map((name) => (name === '::1' ? '0000:0000:0000:0000:0000:0000:0000:0001' : name)),
    };
  }
}

const TRUE = der(0x01, Buffer.from([0xff]));

function newKey(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function keyIdOf(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}

function toBeSigned({ subject, issuer, days, publicKey, extensions }: Content): Buffer {
  const fromMs = Date.now() - DAY_MS;
  const serial = randomBytes(16);
  serial[0] = 0x40 + ((serial[0] ?? 0) % 0x3f);
  return sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    SIGNATURE,
    nameOf(issuer),
    sequence(utcTime(fromMs), utcTime(fromMs + days * DAY_MS)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
}

function nameOf(name: Name): Buffer {
  const parts = name.map(([attribute, value]) =>
    der(0x31, sequence(objectId(NAME_OIDS[attribute] ?? ''), utf8String(value))),
  );
  return sequence(...parts);
}

function slashed(name: Name): string {
  return name.map(([attribute, value]) => `/${attribute}=${value}`).join('');
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectId(id), ...(isCritical ? [TRUE] : []), octetString(value));
}

function alternativeName(name: string): Buffer {
  if (name === '::1') return der(0x87, Buffer.from([...Array.from({ length: 15 }, () => 0), 1]));
  return isIPv4(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name, 'latin1'));
}
