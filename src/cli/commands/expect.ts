import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { initExpectationsCommand } from './expect-init.ts';
import { expectationSchemaCommand } from './expect-schema.ts';

const HELP = `
A file of expectations has rules, each with a selector and what is expected of the guests that it selects:

  version: 1
  rules:
    - name: production
      select: tag=prod,kind=vm
      expect:
        tags: [backup]
        memory: { min: 1G, max: 64G }
        onboot: true
        bridge: vmbr*
        agent: true
        ha: started
        snapshotMaxAge: 14d
        backupMaxAge: 2d
        config:
          scsihw: virtio-scsi-single
  waivers:
    - select: name=legacy-*
      expect: [onboot]
      reason: is switched off at the end of the year
      until: 2026-12-31

Examples:
  $ rollcall expect init --from tag=prod
  $ rollcall expect schema > expectations.schema.json
  $ rollcall check`;

export function expectCommand(context: CliContext): Command {
  const command = new Command('expect').usage('<command> [options]').addHelpText('after', HELP);
  for (const make of [initExpectationsCommand, expectationSchemaCommand]) command.addCommand(make(context));
  return command;
}
