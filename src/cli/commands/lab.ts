import { once } from 'node:events';
import { Command, Option } from 'commander';
import { shellWord } from '../../text/shell-word.ts';
import type { CliContext } from '../context.ts';
import { wholeNumber } from '../options.ts';
import { escapeLines } from '../output/escape.ts';

interface LabCommandOptions {
  port: number;
  host: string;
  nodes: number;
  vms: number;
  containers: number;
  seed: number;
  release: '7.4' | '8.4' | '9.2';
  perNode?: true;
  printEnv?: true;
}

/** A wrong token is answered after this time, as a real server does, against guessing. */
const UNAUTHORIZED_DELAY_MS = 3000;

const HELP = `
The cluster lives in memory and serves the API of Proxmox VE over HTTPS, lifecycle calls included. With --print-env, standard
output has only NAME=value lines, quoted for a shell.

Examples:
  $ rollcall lab --print-env > lab.env &
  $ set -a; . ./lab.env; set +a
  $ rollcall discover-all
  $ rollcall lab --nodes 32 --vms 9000 --containers 1000 --port 8006`;

export function labCommand(context: CliContext): Command {
  return new Command('lab')
    .addOption(
      new Option('--port <number>', 'port to serve on; 0 chooses a free one').argParser(wholeNumber(0)).default(0),
    )
    .option('--host <address>', 'address to serve on', '127.0.0.1')
    .addOption(new Option('--nodes <count>', 'number of nodes').argParser(wholeNumber(1)).default(3))
    .addOption(new Option('--vms <count>', 'number of virtual machines').argParser(wholeNumber(0)).default(40))
    .addOption(new Option('--containers <count>', 'number of containers').argParser(wholeNumber(0)).default(10))
    .addOption(
      new Option('--seed <number>', 'seed of the cluster; the same seed gives the same cluster')
        .argParser(wholeNumber(0))
        .default(1),
    )
    .addOption(
      new Option('--release <version>', 'release of Proxmox VE to simulate')
        .choices(['7.4', '8.4', '9.2'])
        .default('8.4'),
    )
    .option('--per-node', 'serve every node on its own address, starting at 127.0.0.1')
    .option('--print-env', 'print address, token and CA as NAME=value lines that a shell can read')
    .addHelpText('after', HELP)
    .action(async ({ printEnv, perNode, ...options }: LabCommandOptions) => {
      const { startLab } = await import('../../lab/lab.ts');
      const { io, output } = context;
      const lab = await startLab({
        ...options,
        endpoints: perNode ? 'per-node' : 'one',
        unauthorizedDelayMs: UNAUTHORIZED_DELAY_MS,
      });
      const lines = Object.entries(lab.env()).map(([name, value]) => `${name}=${shellWord(value)}`);
      io.stdout(escapeLines(printEnv ? lines : [lab.url]));
      const nodes = `${options.nodes} nodes${perNode ? ' (from 127.0.0.1 on)' : ''}`;
      output.note(`serving ${nodes}, ${options.vms} VMs and ${options.containers} containers until it is ended`);
      if (!printEnv)
        output.note('in another terminal:', ...lines.map((line) => `  export ${line}`), '  rollcall discover-all');
      if (!io.signal.aborted) await once(io.signal, 'abort');
      await lab.close();
    });
}
