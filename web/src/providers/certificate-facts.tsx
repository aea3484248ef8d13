import { Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { When } from '../parts/when.tsx';
import type { Inspection } from './calls.ts';

export function CertificateFacts({ certificate }: { certificate: NonNullable<Inspection['certificate']> }) {
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
      <dt>SHA-256</dt>
      <dd className="mono">
        <Text>{fingerprint}</Text>
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
