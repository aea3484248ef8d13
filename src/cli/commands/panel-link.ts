import { Command } from 'commander';
import { openPanelLinks } from '../../app/open-reconcile.ts';
import { commandActor } from '../../app/user-name.ts';
import type { CliContext } from '../context.ts';
import { findPanel } from '../panels/find-panel.ts';
import { findByRef } from '../resources/find-by-ref.ts';

export function linkRecordCommand(context: CliContext): Command {
  return new Command('link')
    .description('say which guest a record is')
    .argument('<panel>')
    .argument('<record>', "the panel's id of it, as findings name it")
    .argument('<ref>', 'NAME, VMID or PROVIDER/VMID')
    .addHelpText(
      'after',
      `
It counts before all evidence, until \`panel unlink\` takes it back. The next \`reconcile\` uses it.

Examples:
  $ rollcall panel link billing 4711 prod/100`,
    )
    .action(async (name: string, recordId: string, ref: string) => {
      const panel = await findPanel(context, name);
      const inventory = await context.app.inventory();
      const guest = await findByRef(context, ref, {}, (one) => inventory.findGuest(one));
      const links = await openPanelLinks(context.app);
      await links.link(panel, recordId, { guestId: guest.id, by: commandActor() });
      context.output.note(`record ${recordId} of ${name} is ${guest.providerName}/${guest.nativeId}`);
    });
}

export function unlinkRecordCommand(context: CliContext): Command {
  return new Command('unlink')
    .description('have a record matched with a guest anew')
    .argument('<panel>')
    .argument('<record>', "the panel's id of it")
    .addHelpText('after', '\nExamples:\n  $ rollcall panel unlink billing 4711')
    .action(async (name: string, recordId: string) => {
      const panel = await findPanel(context, name);
      await (await openPanelLinks(context.app)).unlink(panel, recordId, commandActor());
      context.output.note(`record ${recordId} of ${name} is matched anew at the next reconcile`);
    });
}
