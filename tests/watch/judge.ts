import type { Connection } from '../../src/repositories/db/database.ts';

/** What the history must look like however many took turns: throws with what is wrong. Gives how many runs there were. */
export async function judge(
  connection: Connection,
  { isPruned = false } = {},
): Promise<{ runs: number; revisions: number }> {
  const runs = await connection.db.syncRun.findMany({ orderBy: { startedAt: 'asc' } });
  const problems: string[] = [];
  const last = new Map<string, { id: string; finishedAt: Date }>();
  for (const { id, providerId, startedAt, finishedAt } of runs) {
    const before = last.get(providerId);
    if (before && before.finishedAt > startedAt) {
      problems.push(
        `${providerId} was synced twice at once: ${before.id} until ${before.finishedAt.toISOString()}, ${id} from ${startedAt.toISOString()}`,
      );
    }
    last.set(providerId, { id, finishedAt });
  }
  const revisions = await connection.db.revision.findMany({ orderBy: { rev: 'asc' } });
  for (const [i, { rev }] of revisions.entries()) if (rev !== i + 1) problems.push(`revision ${i + 1} is ${rev}`);
  const meta = await connection.db.meta.findUniqueOrThrow({ where: { id: 1 } });
  if (meta.rev !== revisions.length) problems.push(`the head is ${meta.rev}, of ${revisions.length} revisions`);
  const revs = runs.flatMap(({ rev }) => (rev === null ? [] : [rev]));
  if (new Set(revs).size !== revs.length) problems.push('two runs have one revision');
  const ofRuns = revisions.filter(({ kind }) => kind === 'sync');
  // A prune drops old runs, and keeps their revisions.
  if (!isPruned && ofRuns.length !== revs.length) problems.push(`${ofRuns.length} revisions of ${revs.length} runs`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { runs: runs.length, revisions: revisions.length };
}
