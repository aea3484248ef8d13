import { expect } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { ActingWorld } from './acting-world.ts';

/** What was written, with its parameters in order, but for logins: `POST /nodes/pve1/qemu/100/config cores=2`; digests are left out. */
export function writtenCalls({ writes }: Pick<Lab, 'writes'>): string[] {
  const calls = writes.filter(({ isLogin }) => !isLogin);
  return calls.map(({ method, path, parameters }) => {
    const pairs = Object.entries(parameters).filter(([name]) => name !== 'digest');
    return [method, path, ...pairs.map(([name, value]) => `${name}=${value}`)].join(' ');
  });
}

/** Without what is another each time. */
export function withoutIds(text: string): string {
  return text
    .replace(/plan \w+/g, 'plan ID')
    .replace(/operation \w+/g, 'operation ID')
    .replace(/UPID:\S+/g, 'UPID')
    .replace(/digest=\w{40}/g, 'digest=D');
}

/** What is said of an action that is refused, for which nothing was written. */
export async function refusalOf({ lab, run }: Pick<ActingWorld, 'lab' | 'run'>, line: string): Promise<string> {
  lab.clearRequests();
  const { status, stderr } = await run(`${line} --yes`);
  expect([status, writtenCalls(lab)]).toEqual([EXIT.failed, []]);
  return stderr;
}
