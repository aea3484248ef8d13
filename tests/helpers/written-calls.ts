import type { Lab } from '../../src/lab/lab.ts';

/** What was written, with its parameters in order, but for logins: `POST /nodes/pve1/qemu/100/config cores=2`; digests are left out. */
export function writtenCalls({ writes }: Pick<Lab, 'writes'>): string[] {
  const calls = writes.filter(({ isLogin }) => !isLogin);
  return calls.map(({ method, path, parameters }) => {
    const pairs = Object.entries(parameters).filter(([name]) => name !== 'digest');
    return [method, path, ...pairs.map(([name, value]) => `${name}=${value}`)].join(' ');
  });
}
