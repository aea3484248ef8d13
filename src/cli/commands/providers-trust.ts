import { Command } from 'commander';
import { findTls } from '../../app/config/environment-provider.ts';
import { Problems } from '../../app/config/problems.ts';
import { manifestOf } from '../../app/registry.ts';
import { trustProvider } from '../../app/trust-provider.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { trustText } from '../providers/provider-words.ts';
import { recordAction } from '../providers/record-action.ts';
import { trustTalk } from '../providers/renew-trust.ts';

const HELP = `
Reads the certificates that a provider's addresses present, shows new ones beside the old, and stores them once you confirm: on
a terminal by answering yes, elsewhere by --fingerprint. Then it asks the cluster, over this connection, for the certificates of
its other nodes and pins each. With --cluster-ca it stores the cluster's own CA instead, after checking that this CA signed the
presented certificates. A certificate that a node renews then needs no confirmation.

Examples:
  $ rollcall providers trust prod
  $ rollcall providers trust prod --fingerprint AA:BB:…
  $ rollcall providers trust prod --cluster-ca`;

export function trustProviderCommand(context: CliContext): Command {
  return new Command('trust')
    .description('trust the certificates of a provider, initially or after they were renewed')
    .argument('<name>')
    .option('--cluster-ca', "trust certificates that the cluster's own CA signed")
    .addHelpText('after', HELP)
    .action(async (name: string, { clusterCa }: { clusterCa?: true }) => {
      const stored = await context.app.storedProvider(name);
      const request = { fingerprints: givenFingerprints(context, stored), isClusterCa: clusterCa === true };
      const tls = await trustProvider(context.app, stored, request, trustTalk(context, stored));
      if (tls === stored.tls) {
        context.output.note(`${name} is trusted by ${trustText(tls)} already; nothing was changed`);
        return;
      }
      await recordAction(context, 'provider.trust', name, { mode: tls.mode });
      context.output.note(`${name} is trusted by ${trustText(tls)}, and was by ${trustText(stored.tls)}`);
    });
}

/** Of --fingerprint, in the form that certificates have. */
function givenFingerprints({ app, io }: CliContext, stored: ProviderConfig): string | undefined {
  const problems = new Problems();
  const tls: TlsTrust | undefined = findTls(
    app.flags,
    { env: {}, cwd: io.cwd, manifest: manifestOf(stored) },
    problems,
  );
  problems.throwIfAny();
  if (tls === undefined) return undefined;
  if (tls.mode === 'fingerprint') return tls.sha256;
  throw new AppError('usage', 'providers trust takes --fingerprint, and neither --ca-file nor --insecure', {
    hint: 'for these use `rollcall providers update`',
  });
}
