import type { OperationStep } from '../../types/action.ts';
import { splitAuthId } from '../../types/auth-id.ts';
import type { OperationCall } from '../../types/evidence.ts';
import { CLOCK_MS, LONGEST_MS, STEP_COLUMNS, toStep } from '../actions/step-rows.ts';
import type { Reader } from '../db/reader.ts';
import { selected, Where } from '../db/where.ts';

/** What actions have done to some guests since a time, or are about to do; only calls of which it is known what they set. */
export async function loadOperationCalls(
  reader: Reader,
  providerId: string,
  { nativeIds, since }: { nativeIds: readonly string[]; since: Date },
): Promise<OperationCall[]> {
  const where = new Where(reader.provider)
    .is('s."providerId"', '=', providerId)
    .among('CAST(s."vmid" AS TEXT)', nativeIds);
  const ended = where.parameter(new Date(since.getTime() - CLOCK_MS));
  const asked = where.parameter(new Date(since.getTime() - LONGEST_MS));
  where
    .also(
      `o."kind" = 'action' AND s."startedAt" IS NOT NULL AND (s."finishedAt" IS NULL OR s."finishedAt" >= ${ended})`,
    )
    .also(`(o."state" = 'running' OR (o."state" IN ('done', 'failed', 'cancelled') AND o."requestedAt" >= ${asked}))`);
  const sql = `SELECT ${selected(STEP_COLUMNS, 's')} FROM "operations" o JOIN "operation_steps" s ON s."operationId" = o."id" ${where.sql}
    ORDER BY s."operationId", s."seq"`;
  const steps = await reader.list({ sql, values: where.values, noun: 'step', key: ['operationId', 'seq'] }, toStep);
  return steps.flatMap(callsOf);
}

function callsOf({ operationId, seq, subject, plan, calls }: OperationStep): OperationCall[] {
  return calls.flatMap(({ index, account, ref: record, sentAt, endedAt, outcome }) => {
    const planned = plan.calls[index];
    if (planned === undefined || Object.keys(planned.sets).length === 0) return [];
    const who = account === undefined ? { user: null, token: null } : splitAuthId(account);
    const call: OperationCall = {
      ref: `${operationId}/${seq}`,
      kind: subject.kind,
      nativeId: String(subject.vmid),
      via: plan.action.verb,
      actor: who.user,
      credential: who.token,
      record,
      sets: planned.sets,
      sentAt: new Date(sentAt),
      endedAt: endedAt === null ? null : new Date(endedAt),
      isDone: outcome === 'failed' ? false : outcome === null || outcome === 'unknown' ? null : true,
    };
    return [call];
  });
}
