import type { CallLabel } from '../../../net/call-label.ts';
import { UnreadableXml } from '../../../net/feed-xml.ts';
import type { WireAnswer } from '../../../net/wire.ts';
import { AppError } from '../../../types/errors.ts';
import { readFault } from './soap-fault.ts';
import { childOf, type XmlElement } from './xml-element.ts';
import { readXml } from './xml-reader.ts';

/** Called with each object of a page as it is read; it is not in the answer then. */
export type TakeObject = (objects: XmlElement) => void;

/** In Envelope, Body, …Response and returnval. */
const OBJECTS = { name: 'objects', level: 4 };

/**
 * The element `…Response` of an answer with status 200 or 500. Throws SoapFault, AppError('malformed' or 'server'), and what `take`
 * throws.
 */
export async function readAnswer(answer: WireAnswer, label: CallLabel, take?: TakeObject): Promise<XmlElement> {
  const { status } = answer;
  const body = childOf(await readDocument(answer, label, take), 'Body');
  const fault = childOf(body, 'Fault');
  if (fault !== null) throw readFault(fault, label);
  const response = childOf(body, `${label.path}Response`);
  if (response !== null && status === 200) return response;
  throw noSoap(`${whereOf(label)}: the answer is no ${label.path}Response`);
}

async function readDocument(
  { text, status }: WireAnswer,
  label: CallLabel,
  take: TakeObject | undefined,
): Promise<XmlElement> {
  try {
    return await readXml(text, {}, take && { ...OBJECTS, take });
  } catch (error) {
    if (!(error instanceof UnreadableXml)) throw error;
    if (status === 500) throw new AppError('server', `${whereOf(label)}: the server failed (500)`, { retryable: true });
    throw error.isCut && text.trimStart().startsWith('<')
      ? new AppError('malformed', `${whereOf(label)}: the answer is unreadable: ${error.message}`, {
          hint: 'The connection broke, or a proxy in between limits answers: try again',
          retryable: true,
        })
      : noSoap(`${whereOf(label)}: the answer is unreadable: ${error.message}`);
  }
}

function noSoap(message: string): AppError {
  return new AppError('malformed', message, {
    hint: 'Something other than vCenter or ESXi may answer at this address: https://HOST, usually on port 443',
  });
}

/** The AppError for an answer with any other status. */
export function statusError({ status, reason }: WireAnswer, label: CallLabel): AppError {
  const message = `${whereOf(label)}: ${reason.slice(0, 200) || 'no reason given'} (${status})`;
  if (status === 404 || status === 405) {
    return new AppError('no-endpoint', message, {
      hint: 'Check that this is the address of a vCenter or ESXi: https://HOST',
    });
  }
  if (status >= 300 && status < 400) {
    return new AppError('configuration', message, {
      hint: 'The address redirects elsewhere: give that of vCenter or ESXi itself, https://HOST',
    });
  }
  if (status === 401) return new AppError('unauthenticated', message, { hint: PROXY });
  if (status === 403) return new AppError('forbidden', message, { hint: PROXY });
  if (status === 503) {
    return new AppError('server', message, {
      hint: 'The vCenter service is starting, stopped or overloaded: try again in a few minutes',
      retryable: true,
    });
  }
  return new AppError('server', message, { retryable: status === 429 || status > 500 });
}

/** vSphere answers with a fault when it refuses a user. */
const PROXY = 'A proxy in front of the server refuses the request: check the address and the proxy';

function whereOf({ path, endpoint }: CallLabel): string {
  return `${path} on ${endpoint}`;
}
