import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from '../helpers/certificate.ts';

export interface HostileProcess {
  url: string;
  caPem: string;
  /** From here on it answers with this case. */
  use(name: string): Promise<void>;
  close(): void;
}

/** A server in another process. */
export async function startHostileProcess(): Promise<HostileProcess> {
  const { key, pem } = await makeCertificate();
  const child: ChildProcess = fork(fileURLToPath(new URL('./hostile-server.mjs', import.meta.url)), [key, pem], {
    execArgv: [],
    env: { ROLLCALL_FUZZ_ANSWERS: process.env['ROLLCALL_FUZZ_ANSWERS'] },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    url: `https://127.0.0.1:${port}`,
    caPem: pem,
    use: async (name) => {
      child.send(name);
      await once(child, 'message');
    },
    close: () => child.disconnect(),
  };
}
