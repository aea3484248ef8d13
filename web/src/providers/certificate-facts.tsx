import { Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { When } from '../parts/when.tsx';
import type { Inspection } from './calls.ts';
import type { StoredTrust } from './stored-trust.ts';

interface Props {
  certificate: NonNullable<Inspection['certificate']>;
  /** How the address is trusted until now. */
  stored?: StoredTrust;
}

export function CertificateFacts({ certificate, stored }: Props) {
  const { fingerprint, subject, issuer, names, validFrom, validTo, isTrusted, distrust } = certificate;
  return (
    <dl className="facts">
      <dt>Trusted</dt>
      <dd>
        {isTrusted ? (
          <Sign tone="good">by an authority</Sign>
        ) : (
          <>
            <Sign tone="warn">no</Sign> <span className="muted">{distrust}</span>
          </>
        )}
      </dd>
      {stored !== undefined && (
        <>
          <dt>Stored</dt>
          <dd className="mono">
            <Text>{stored.text}</Text>
          </dd>
        </>
      )}
      <dt>SHA-256</dt>
      <dd className="mono">
        <Text>{fingerprint}</Text>{' '}
        {stored !== undefined && stored.prints.length > 0 && (
          <StoredSign isStored={stored.prints.includes(fingerprint)} />
        )}
      </dd>
      <dt>Subject</dt>
      <dd>
        <Text>{subject}</Text>
      </dd>
      <dt>Issuer</dt>
      <dd>
        <Text>{issuer}</Text>
      </dd>
      <dt>For</dt>
      <dd>
        <Text>{names.join(', ')}</Text>
      </dd>
      <dt>Valid</dt>
      <dd>
        <When at={validFrom} /> – <When at={validTo} />
      </dd>
    </dl>
  );
}

function StoredSign({ isStored }: { isStored: boolean }) {
  return isStored ? <Sign tone="good">as stored</Sign> : <Sign tone="warn">not what is stored</Sign>;
}
