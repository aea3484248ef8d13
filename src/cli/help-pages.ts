import { EXIT, type ExitStatus } from './exit-status.ts';
import type { Format } from './output/formats.ts';

const STATUSES: Readonly<Record<ExitStatus, string>> = {
  [EXIT.done]: 'done; for verify: the history is whole',
  [EXIT.failed]: 'failed, or what was asked for is not in the inventory',
  [EXIT.usage]: 'the command line or the configuration cannot be understood, or a name means several guests',
  [EXIT.denied]: 'not authenticated, or a right is missing',
  [EXIT.unreachable]: 'a provider cannot be reached, or its certificate is not trusted',
  [EXIT.partial]:
    'done in part: something could not be read, and nothing of it was taken for removed; for export: not done; for check: something is unknown',
  [EXIT.guarded]: 'removals are held back by the guard; --accept-removals records them',
  [EXIT.changed]: 'changes were found (show-changes --exit-code)',
  [EXIT.deviating]: 'guests deviate from what is expected (check)',
  [EXIT.moved]: 'a plan was refused: what it is about is not any more as it was when the plan was made',
  [EXIT.interrupted]: 'interrupted; nothing of an unfinished run is stored',
};

/** `rollcall help exit-codes`. */
export function exitCodesHelp(): string {
  const lines = Object.entries(STATUSES).map(([status, text]) => `  ${status.padStart(3)}  ${text}`);
  return `The status with which a command ends:

${lines.join('\n')}

Of several providers that end differently, the worst counts: interrupted, failed, usage, not permitted, unreachable, held back, partial.

Examples:
  $ rollcall discover-all --quiet || mail -s "rollcall ended with $?" root </dev/null
  $ rollcall show-changes --since 5m --exit-code --quiet || echo something changed
  $ rollcall check || test $? -eq 5
`;
}

/** Every variable that the program reads, and what for. */
const VARIABLES = [
  ['DATABASE_URL', 'file:PATH or postgresql://…; without it a file in the data directory of the user'],
  ['PROXMOX_VE_ENDPOINT', 'https://host:8006, several separated by commas'],
  ['PROXMOX_HOST', 'the same, as a host name'],
  ['PROXMOX_VE_API_TOKEN', 'user@realm!name=secret'],
  ['PROXMOX_TOKEN_ID', 'user@realm!name, with PROXMOX_TOKEN_SECRET; or a name alone, with PROXMOX_USER'],
  ['PROXMOX_TOKEN_SECRET', 'the secret of that token'],
  ['PROXMOX_USER', 'user@realm, with PROXMOX_PASSWORD'],
  ['PROXMOX_PASSWORD', 'the password of that user'],
  ['PROXMOX_TOTP_SECRET', 'the secret of its second factor'],
  ['PROXMOX_VE_CA_FILE', 'trust the certificates of this CA (PEM)'],
  ['PROXMOX_VE_FINGERPRINT', 'trust this one certificate'],
  ['PROXMOX_VE_INSECURE', '1: trust any certificate'],
  ['PROXMOX_VE_NAME', 'the name of the provider that these variables describe'],
  ['VSPHERE_SERVER', 'https://vcenter.example.com, for providers add --type vsphere'],
  ['VSPHERE_USER', 'who logs in there, for the same'],
  ['VSPHERE_PASSWORD', 'the password of that user, for the same'],
  ['VSPHERE_CA_FILE', 'trust the certificates of this CA (PEM), for the same'],
  ['VSPHERE_FINGERPRINT', 'trust this one certificate, for the same'],
  ['VSPHERE_INSECURE', '1: trust any certificate, for the same'],
  ['GOOGLE_CLOUD_PROJECT', 'my-project, for providers add --type gcp'],
  ['GCP_CA_FILE', 'trust the certificates of this CA (PEM), for the same behind a proxy'],
  ['GCP_FINGERPRINT', 'trust this one certificate, for the same'],
  ['GCP_INSECURE', '1: trust any certificate, for the same'],
  ['VIRTFUSION_URL', 'https://cp.example.com, for providers add --type virtfusion'],
  ['VIRTFUSION_TOKEN_NAME', 'the name of the API token there, for the same'],
  ['VIRTFUSION_TOKEN', 'that token, for the same'],
  ['VIRTFUSION_CA_FILE', 'trust the certificates of this CA (PEM), for the same'],
  ['VIRTFUSION_FINGERPRINT', 'trust this one certificate, for the same'],
  ['VIRTFUSION_INSECURE', '1: trust any certificate, for the same'],
  ['BIGFIX_SERVER', 'https://bigfix.example.com:52311, for providers add --type bigfix'],
  ['BIGFIX_USER', 'the operator who logs in there, for the same'],
  ['BIGFIX_PASSWORD', 'the password of that operator, for the same'],
  ['BIGFIX_CA_FILE', 'trust the certificates of this CA (PEM), for the same'],
  ['BIGFIX_FINGERPRINT', 'trust this one certificate, for the same'],
  ['BIGFIX_INSECURE', '1: trust any certificate, for the same'],
  ['AZURE_SUBSCRIPTION_ID', 'all or ids of subscriptions, for providers add --type azure'],
  ['AZURE_LOGIN', 'cli, managed-identity, secret:TENANT/CLIENT or certificate:TENANT/CLIENT, for the same'],
  ['AZURE_CLIENT_SECRET', 'the secret of that client, for the same'],
  ['AZURE_CA_FILE', 'trust the certificates of this CA (PEM), for the same'],
  ['AZURE_FINGERPRINT', 'trust this one certificate, for the same'],
  ['AZURE_INSECURE', '1: trust any certificate, for the same'],
  ['ROLLCALL_AWS_SCOPE', 'self, organization[:ROLE] or ACCOUNT[:ROLE], for providers add --type aws'],
  ['ROLLCALL_AWS_LOGIN', 'default, profile:NAME, environment, web-identity, instance or keys:AKIA…, for the same'],
  ['ROLLCALL_AWS_SECRET', 'the secret access key of keys:AKIA…, for the same'],
  ['ROLLCALL_AWS_FINGERPRINT', 'trust this one certificate, for the same'],
  ['ROLLCALL_AWS_INSECURE', '1: trust any certificate, for the same'],
  ['AWS_CA_BUNDLE', 'trust the certificates of this CA (PEM), for the same'],
  ['AWS_*', 'whatever else the programs of AWS log in by'],
  ['ROLLCALL_OIDC_ISSUER', 'https://id.example.com: logins of serve by OpenID Connect; docs/users.md describes these'],
  ['ROLLCALL_OIDC_CLIENT_ID', 'the client that is registered there'],
  ['ROLLCALL_OIDC_CLIENT_SECRET', 'its secret, as a reference: env:NAME, file:/path, …; absent for a public client'],
  ['ROLLCALL_OIDC_URL', 'where browsers reach the server, with its base path'],
  ['ROLLCALL_OIDC_ROLES', 'roles by values of a claim: rollcall-admins=admin,ops=operator'],
  ['ROLLCALL_OIDC_DEFAULT_ROLE', 'the role of whoever has none of these values; without it they are refused'],
  ['ROLLCALL_OIDC_ROLE_CLAIM', 'the claim of these values; default groups'],
  ['ROLLCALL_OIDC_NAME_CLAIM', 'the claim of the name; default preferred_username'],
  ['ROLLCALL_OIDC_SCOPES', 'default openid profile email'],
  ['ROLLCALL_OIDC_LABEL', 'the words of the button on the page'],
  ['ROLLCALL_REQUIRE_REASON', '1: commands that change guests need --reason'],
  ['NO_COLOR', 'no colour, whatever its value'],
  ['XDG_CONFIG_HOME', 'where inventory keys, stored secrets and the commands that may fetch secrets are kept'],
  ['XDG_DATA_HOME', 'where completion install puts the scripts of shells'],
  ['TZ', 'the time zone in which times are printed and read; --utc overrides it'],
] as const;

/** `rollcall help environment`. */
export function environmentHelp(): string {
  const width = Math.max(...VARIABLES.map(([name]) => name.length));
  const lines = VARIABLES.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
  return `Variables of the environment. Flags override them, and they override the file of --environment-file and stored providers:

${lines.join('\n')}

A .env file is read only if --environment-file names it; it must be private (mode 600), and cannot set DATABASE_URL. The stored
credential of a provider is used only with its stored addresses and trust; for others, give a credential too.

Examples:
  $ DATABASE_URL=file:/srv/rollcall.db rollcall list-vms
  $ rollcall --environment-file ~/rollcall.env discover-all
`;
}

const ABOUT_FORMATS: Readonly<Record<Format, string>> = {
  table: 'a table that fits the terminal',
  wide: 'a table with more columns, whatever its width',
  json: 'everything, for programs; times in UTC, sizes in bytes; keys stay from version to version',
  yaml: 'the same for people',
  csv: 'the columns, one row a line, with a header; no cell begins like a formula',
  name: 'references only, one a line, that commands take: lab/100',
};

/** `rollcall help output`. */
export function outputHelp(): string {
  const lines = Object.entries(ABOUT_FORMATS).map(([format, about]) => `  ${format.padEnd(6)} ${about}`);
  return `Formats of -o:

${lines.join('\n')}

--columns chooses columns by their names, also fields of the configuration (net0.bridge); --sort sorts by them, -NAME in descending
order. --no-headers leaves the header out, --quiet everything but the result and errors. What a command found goes to standard output,
and notes, progress and errors go to standard error. In a pipe nothing is cut off, and no colour is used.

Examples:
  $ rollcall list-vms -o json | jq -r '.[] | [.name, .node] | @tsv'
  $ rollcall list-guests --columns vmid,name,net0.bridge --sort -memory
  $ rollcall list-guests tag=prod -o name | xargs -n1 rollcall show
`;
}

/** `rollcall help privileges`. */
export function privilegesHelp(): string {
  return `What an account needs for reading; what it may not see is reported and never taken for removed. What an account for actions needs is
said by providers test, for what providers update --allow allows.

Proxmox VE: the role PVEAuditor on / gives all but Sys.Syslog, and up to 8.4 all but VM.Monitor.
  VM.Audit         on /vms      guests
  Sys.Audit        on /nodes    nodes
  Sys.Audit        on /         quorum, and the tasks of others
  Datastore.Audit  on /storage  storage
  Pool.Audit       on /pool     pools
  Sys.Syslog       on /         the cluster log: who changed a configuration

  VM.GuestAgent.Audit  on /vms  what guest agents tell: addresses, operating system (up to 8.4: VM.Monitor). Without it only
                                containers, and what is configured, have addresses. VM.Monitor may also change VMs: leave it out.

vSphere: the role Read-only on the root folder, with propagation.

AWS: this policy, on a role named rollcall in each account (and on whoever logs in, for its own account). providers test prints it in
one line, with the trust of the role.
  {
    "Version": "2012-10-17",
    "Statement": [{
      "Sid": "Rollcall",
      "Effect": "Allow",
      "Action": [
        "ec2:DescribeRegions",
        "ec2:DescribeInstances",
        "ec2:DescribeVolumes",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeImages",
        "cloudtrail:LookupEvents"
      ],
      "Resource": "*"
    }]
  }
Whoever logs in needs sts:AssumeRole on those roles and, to read an organization, organizations:ListAccounts.

Examples:
  $ rollcall providers test prod
`;
}
