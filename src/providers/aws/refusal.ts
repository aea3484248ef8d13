import * as z from 'zod';
import type { Refusal } from '../../net/rest-wire.ts';

/** What a refusal of AWS says, whatever protocol it is in. */
export interface SaidRefusal {
  /** `RequestLimitExceeded`; empty where none is told. */
  code: string;
  message: string;
}

const XML_CODE = /<Code>([^<]{1,128})<\/Code>/;
const XML_MESSAGE = /<Message>(?:<!\[CDATA\[)?([^<\]]{0,2000})/;
const NAMED_ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const jsonRefusal = z.object({ __type: z.string(), message: z.string().optional(), Message: z.string().optional() });

/** Too many calls, by the words of EC2, STS, Organizations and CloudTrail. */
const THROTTLED =
  /^(?:Client\.)?(?:RequestLimitExceeded|Throttl(?:ing|ed)(?:Exception)?|RequestThrottled(?:Exception)?|ThrottledException|TooManyRequests(?:Exception)?|EC2ThrottledException|BandwidthLimitExceeded|SlowDown|PriorRequestNotComplete)$/;
/** Of Organizations, with a status of 400 (https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html). */
const TROUBLED = 'ServiceException';
const EXPIRED = /^(?:ExpiredToken(?:Exception)?|TokenRefreshRequired)$/;
const SKEWED = /^(?:RequestTimeTooSkewed|RequestInTheFuture|RequestExpired)$/;
const FORBIDDEN =
  /^(?:Client\.)?(?:UnauthorizedOperation|AccessDenied(?:Exception)?|UnauthorizedAccess|OptInRequired|SubscriptionRequiredException)$/;
const UNAUTHENTICATED =
  /^(?:AuthFailure|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException|MissingAuthenticationToken(?:Exception)?|IncompleteSignature(?:Exception)?|InvalidAccessKeyId)$/;
/** Of a signature whose time is not that of AWS. */
const SIGNED_AT = /signature (?:expired|not yet current)|not yet current|is now earlier|request.{1,20}time.{1,20}too/i;
const NOT_FOUND = /^InvalidInstanceID\.NotFound$/;

export function isThrottled(code: string): boolean {
  return THROTTLED.test(code);
}

/** Whether a new session may be what is missing. */
export function isExpired(code: string): boolean {
  return EXPIRED.test(code);
}

/** Whether the clocks are what is wrong: another signature, by the time of the answer, may do. */
export function isSkewed({ code, message }: SaidRefusal): boolean {
  return SKEWED.test(code) || (UNAUTHENTICATED.test(code) && SIGNED_AT.test(message));
}

export function saidBy(text: string): SaidRefusal {
  if (text.trimStart().startsWith('{')) return saidByJson(text);
  return { code: XML_CODE.exec(text)?.[1] ?? '', message: withoutEntities(XML_MESSAGE.exec(text)?.[1] ?? '') };
}

function saidByJson(text: string): SaidRefusal {
  try {
    const said = jsonRefusal.safeParse(JSON.parse(text));
    if (!said.success) return { code: '', message: '' };
    const { __type: type, message, Message } = said.data;
    return { code: type.slice(type.lastIndexOf('#') + 1), message: message ?? Message ?? '' };
  } catch {
    return { code: '', message: '' };
  }
}

/** The words of AWS as those of the program. `action`: `DescribeInstances`. */
export function toRefusal(said: SaidRefusal, action: string): Partial<Refusal> {
  const { code, message } = said;
  if (code === '') return {};
  // What follows is a text of kilobytes that only its owner can decode.
  const words = message.split(' Encoded authorization failure message')[0] ?? '';
  return { ...meaningOf(said), message: `${action}: ${code}${words === '' ? '' : `: ${words}`}` };
}

/** Empty for a code that is not known: its status says what it is, and whether it passes. */
function meaningOf(said: SaidRefusal): Partial<Omit<Refusal, 'message'>> {
  const { code } = said;
  if (isThrottled(code))
    return { code: 'server', hint: 'AWS limits requests of an account and region: try again later', isPassing: true };
  if (isSkewed(said))
    return { code: 'unauthenticated', hint: 'Let NTP set the clock of this machine', isPassing: true };
  if (code === TROUBLED) return { code: 'server', hint: 'Try again later', isPassing: true };
  if (isExpired(code))
    return { code: 'unauthenticated', hint: 'The credential has ended: log in again, as with `aws sso login`' };
  if (FORBIDDEN.test(code))
    return { code: 'forbidden', hint: 'Give the role or user the policy of `rollcall help privileges`' };
  if (UNAUTHENTICATED.test(code))
    return { code: 'unauthenticated', hint: 'Check the credential, and that it is one of this account' };
  if (NOT_FOUND.test(code)) return { code: 'no-such-guest', hint: 'It is gone' };
  return {};
}

function withoutEntities(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (whole, name: string) => NAMED_ENTITIES[name] ?? whole);
}
