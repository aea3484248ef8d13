import { type Command, Option } from 'commander';
import type { Problems } from '../../app/config/problems.ts';
import type { CredentialFlags } from '../../app/config/provider-settings.ts';
import { ACTION_RIGHTS, type ActionRight } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import { unknownWord } from '../fixed-words.ts';
import { collect, offering } from '../options.ts';

/** What `providers add` and `providers update` say of actions. */
export interface ActingFlags {
  /** Empty: nothing any more. */
  allow?: readonly ActionRight[];
  actionTokenId?: string;
  actionSecret?: string;
  actionUser?: string;
  actionPassword?: string;
  /** false: `--no-action-credential`. */
  actionCredential?: boolean;
}

export const ACTING_HELP = `
Rollcall only reads, until --allow says what it may do to the guests of the provider: any of ${ACTION_RIGHTS.join(', ')},
separated by commas, in place of what was allowed before; \`--allow none\` takes all of it away. With a credential for actions
(--action-token-id and --action-secret) nothing else is sent by the one for reading but reads; without one, both go with the
same credential. Both are set at this machine only, and sealed like the address.
`;

export const NONE = 'none';
const RIGHT_WORDS = [...ACTION_RIGHTS, NONE];

export function withActingOptions(command: Command): Command {
  const allow = new Option('--allow <rights>', `what may be done to its guests: ${ACTION_RIGHTS.join(', ')}; or none`);
  return command
    .addOption(offering(allow.argParser(parseRights), RIGHT_WORDS))
    .option('--action-token-id <id>', 'API token for actions, user@realm!name; none to go without one')
    .option('--action-secret <reference>', "reference to that token's secret")
    .option('--action-user <user>', 'user@realm for actions, with a password')
    .option('--action-password <reference>', "reference to that user's password")
    .option('--no-action-credential', 'forget the credential for actions; they go with the one for reading');
}

/** Throws AppError('usage') with the words that there are. */
function parseRights(text: string, previous: readonly ActionRight[] = []): ActionRight[] {
  const words = collect(text);
  const unknown = words.length === 0 ? '' : words.find((word) => !RIGHT_WORDS.includes(word));
  if (unknown !== undefined) throw unknownWord(`--allow does not know '${unknown}'`, { unknown, words: RIGHT_WORDS });
  if (words.includes(NONE) && words.length + previous.length > 1)
    throw new AppError('usage', '--allow has none beside other words', { hint: 'give --allow none alone' });
  return ACTION_RIGHTS.filter((right) => words.includes(right) || previous.includes(right));
}

/** As the flags of the credential for reading. */
export function actionFlags({ actionTokenId, actionSecret, actionUser, actionPassword }: ActingFlags): CredentialFlags {
  return {
    ...(actionTokenId !== undefined && actionTokenId !== NONE && { tokenId: actionTokenId }),
    ...(actionSecret !== undefined && { secret: actionSecret }),
    ...(actionUser !== undefined && { user: actionUser }),
    ...(actionPassword !== undefined && { password: actionPassword }),
  };
}

/** Problems of the credential for actions, in the words of its own flags. */
export function addActionProblems({ list }: Problems, problems: Problems): void {
  const own = (text: string) => text.replace(/--(?=(?:token-id|secret|user|password)\b)/g, '--action-');
  for (const { what, fix } of list) problems.add(own(what), own(fix));
}
