import { HIDDEN, redactText } from '../../../text/redact-text.ts';
import { isSecretName } from '../../../text/secret-parameters.ts';

/** Keys and one-time passwords by the vendor's names, besides what is a secret anywhere. */
const OWN_SECRETS = /^(?:keyring|otp|totp|challenge|tfa-challenge|certkey)$|(?:client|hmac|encryption)-key$/;

/** Whether a value of a parameter may be seen by nobody: by its name, or by its shape. */
export function isSecretValue(name: string, value: string): boolean {
  return isSecretName(name) || OWN_SECRETS.test(name) || redactText(value) !== value;
}

/** The parameters as they may be shown. */
export function shownParameters(
  parameters: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      [value].flat().some((one) => isSecretValue(name, one)) ? HIDDEN : value,
    ]),
  );
}
