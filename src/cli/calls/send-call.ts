import type { Answer, ApiSession, PreparedCall, TaskEnd } from '../../app/api-session.ts';
import { observeGuests } from '../../app/observe-guests.ts';
import { AppError } from '../../types/errors.ts';
import { actionIo, requireReason } from '../actions/act.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { escapeText } from '../output/escape.ts';
import { recordAction } from '../providers/record-action.ts';
import { CALL_VIEW, callLines, callText } from './call-view.ts';
import { printAnswer } from './print-answer.ts';

export interface SendOptions {
  dryRun?: true;
  yes?: true;
  wait: boolean;
  reason?: string;
}

/** Shows a write, asks, sends it once, follows its task, and has its guests read. Throws AppError. */
export async function sendCall(
  context: CliContext,
  { session, prepared }: { session: ApiSession; prepared: PreparedCall },
  options: SendOptions,
): Promise<void> {
  const { shown } = prepared;
  requireReason(context, options);
  if (options.dryRun) await context.output.print(shown, CALL_VIEW);
  await session.requireAllowed(prepared);
  if (options.dryRun || !(await isConfirmed(context, prepared, options))) return;
  const detail = {
    verb: shown.verb,
    path: shown.path,
    parameters: shown.parameters,
    account: shown.account,
    guest: shown.guest,
    ...(options.reason !== undefined && { reason: options.reason }),
  };
  await recordAction(context, 'provider.call', shown.provider, detail);
  const { answer, upid } = await sendAndRecord(context, { session, prepared });
  const isFollowed = upid !== null && options.wait;
  const end = isFollowed ? await session.follow(upid, (line) => context.output.note(line)) : null;
  await printResult(context, { shown, answer, upid, end });
  const { guests } = prepared.call;
  const hasEnded = upid === null || end !== null;
  if (hasEnded && guests.length > 0) await observeGuests(context.app, shown.provider, guests, actionIo(context));
}

async function isConfirmed(context: CliContext, { shown }: PreparedCall, { yes }: SendOptions): Promise<boolean> {
  if (yes) return true;
  const { io, output } = context;
  if (!io.ask) {
    throw new AppError('usage', `nobody can be asked whether to send ${callText(shown)}`, {
      hint: 'see what it does with --dry-run, and send it with --yes',
    });
  }
  output.say(...callLines(shown));
  if (await io.ask.confirm(escapeText('Send it?'))) return true;
  output.note('nothing was sent');
  return false;
}

/** What became of it is recorded as well. */
async function sendAndRecord(
  context: CliContext,
  { session, prepared }: { session: ApiSession; prepared: PreparedCall },
): Promise<Answer> {
  const { provider, verb, path } = prepared.shown;
  const end = async (what: Readonly<Record<string, unknown>>): Promise<void> => {
    try {
      await recordAction(context, 'provider.call-end', provider, { verb, path, ...what });
    } catch (error) {
      // What was sent was sent, and is told all the same.
      if (!(error instanceof AppError)) throw error;
      context.output.problem(`what became of the call is not recorded: ${error.message}`, error.hint);
    }
  };
  try {
    const answer = await session.send(prepared);
    await end({ outcome: 'taken', upid: answer.upid });
    return answer;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isUnknown = error.code === 'uncertain';
    await end({ outcome: isUnknown ? 'unknown' : 'failed', message: error.message });
    if (!isUnknown) throw error;
    const node = prepared.call.node ?? null;
    const tasks = node === null ? '/cluster/tasks' : `/nodes/${node}/tasks source=all limit=10`;
    throw new AppError('uncertain', [error.message, 'nobody knows whether it was done; it is not sent again'], {
      hint: `look before you repeat it: rollcall api get ${tasks} --provider ${provider}`,
    });
  }
}

interface Result extends Answer {
  shown: PreparedCall['shown'];
  end: TaskEnd | null;
}

async function printResult(context: CliContext, { shown, answer, upid, end }: Result): Promise<void> {
  const { output, options } = context;
  const { provider, verb, path } = shown;
  const task = upid === null ? null : { upid, outcome: end?.outcome ?? null, message: end?.message ?? null };
  if (options.output === 'json' || options.output === 'yaml') {
    await printAnswer(context, { provider, verb, path, answer, task });
  } else if (answer === null) output.note(`done: ${callText(shown)}`);
  else await printAnswer(context, answer);
  if (end === null) return;
  if (end.outcome === 'ok' || end.outcome === 'warning') output.note(`the task has ended: ${end.message}`);
  else {
    output.error(`the task has ended: ${end.message}`);
    context.status = end.outcome === 'unknown' ? EXIT.partial : EXIT.failed;
  }
}
