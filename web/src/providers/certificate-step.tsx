import { useMutation } from '@tanstack/react-query';
import { Action } from '../parts/action.tsx';
import { Failure } from '../parts/notice.tsx';
import { Sign } from '../parts/sign.tsx';
import { useRefusal } from '../shell/session.tsx';
import { inspectServer } from './calls.ts';
import { CertificateFacts } from './certificate-facts.tsx';
import { endpointsOf, type FormState } from './form-state.ts';

interface Props {
  form: FormState;
  onChange: (part: Partial<FormState>) => void;
  problem: string | undefined;
  isKept: boolean;
}

/** How the server is trusted: by an authority, or by the fingerprint that somebody has seen. */
export function CertificateStep({ form, onChange, problem, isKept }: Props) {
  const [endpoint] = endpointsOf(form);
  const whole = useRefusal('admin', 'everything');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (url: string) => inspectServer(url, form.type),
    onSuccess: ({ certificate }) => {
      if (certificate?.isTrusted === true) onChange({ trust: 'system' });
    },
  });
  const certificate = data?.certificate ?? null;
  return (
    <fieldset className="group">
      <legend>Certificate</legend>
      {isKept && (
        <Choice form={form} value="kept" onChange={onChange}>
          As it is stored
        </Choice>
      )}
      <Choice form={form} value="system" onChange={onChange}>
        Trusted by an authority of the server&apos;s system
      </Choice>
      <Choice form={form} value="fingerprint" onChange={onChange}>
        This one certificate, by its fingerprint
      </Choice>
      <div className="view-actions">
        <Action
          onClick={() => endpoint !== undefined && mutate(endpoint)}
          refusal={whole ?? (endpoint === undefined ? 'Write an address first' : null)}
          isBusy={isPending}
        >
          Look at the certificate
        </Action>
        {form.fingerprint !== '' && form.trust === 'fingerprint' && <Sign tone="good">fingerprint chosen</Sign>}
        {problem !== undefined && <span className="problem">✖ {problem}</span>}
      </div>
      {error !== null && <Failure error={error} />}
      {data?.failure != null && <Failure error={new Error(`${data.failure.step}: ${data.failure.message}`)} />}
      {certificate !== null && (
        <>
          <CertificateFacts certificate={certificate} />
          {!certificate.isTrusted && (
            <Action
              onClick={() => onChange({ trust: 'fingerprint', fingerprint: certificate.fingerprint })}
              refusal={null}
            >
              I have compared it: trust this fingerprint
            </Action>
          )}
        </>
      )}
    </fieldset>
  );
}

interface ChoiceProps {
  form: FormState;
  value: FormState['trust'];
  onChange: (part: Partial<FormState>) => void;
  children: string;
}

function Choice({ form, value, onChange, children }: ChoiceProps) {
  return (
    <label className="check">
      <input type="radio" name="trust" checked={form.trust === value} onChange={() => onChange({ trust: value })} />
      {children}
    </label>
  );
}
