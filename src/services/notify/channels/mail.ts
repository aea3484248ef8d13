import type { NotifyMessage } from '../../../types/notify.ts';
import { cut, plainLine } from '../text.ts';

const MOST_CHARACTERS = 150;

export interface Mail {
  subject: string;
  text: string;
  /** A repetition has the same, so that mailboxes can drop it. */
  messageId: string;
}

/** One line without a control character as subject: nothing in a name can add a header. */
export function toMail(message: NotifyMessage, text: string): Mail {
  return {
    subject: cut(`[rollcall] ${plainLine(message.title)}`, MOST_CHARACTERS),
    text,
    messageId: `<${message.id}@rollcall.invalid>`,
  };
}
