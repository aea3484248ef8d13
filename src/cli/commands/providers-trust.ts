import { Command } from 'commander';
import { findTls, tlsSource } from '../../app/config/environment-provider.ts';
import { Problems } from '../../app/config/problems.ts';
import { followsEnvironment, isFromEnvironment } from '../../app/config/provider-overrides.ts';
import { DEFAULT_MANIFEST, manifestOf } from '../../app/registry.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { trustText } from '../providers/provider-words.ts';
import { renewTrust } from '../providers/renew-trust.ts';

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
      if (followsEnvironment(stored)) throw trustedByVariable(stored.name, givenFingerprints(context, stored));
      await (await context.app.gate()).requireConfirmed(stored);
      const tls = await renewTrust(context, stored, {
        fingerprints: givenFingerprints(context, stored),
        isClusterCa: clusterCa === true,
      });
      if (tls === stored.tls) {
        context.output.note(`${name} is trusted by ${trustText(tls)} already; nothing was changed`);
        return;
      }
      await (await context.app.providerRepository()).update(stored, { tls }, context.now());
      warnOutranked(context, stored);
      context.output.note(`${name} is trusted by ${trustText(tls)}, and was by ${trustText(stored.tls)}`);
    });
}

/** Nothing is stored of how it is trusted that a later run would go by. */
function trustedByVariable(name: string, print = 'AA:BB:…'): AppError {
  return new AppError('configuration', `${name} is described by the environment, and trusted as that says`, {
    hint: `set PROXMOX_VE_FINGERPRINT=${print}; or store it first: rollcall providers add ${name} --fingerprint ${print}`,
  });
}

/** A provider that follows the environment is trusted as that says, whatever is stored. */
function warnOutranked({ output, app, io }: CliContext, stored: ProviderConfig): void {
  const given = isFromEnvironment(stored)
    ? findTls({}, { env: app.env, cwd: io.cwd, manifest: DEFAULT_MANIFEST }, new Problems())
    : undefined;
  if (given === undefined) return;
  const variable = tlsSource({}, app.env);
  output.warn(`${variable} outranks what was stored just now`, `unset ${variable}, or set it to the new certificate`);
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
