/** The least that a run needs, for a role or user of each account that is read; all of it only reads. */
const READ = [
  'ec2:DescribeRegions',
  'ec2:DescribeInstances',
  'ec2:DescribeVolumes',
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeImages',
  'cloudtrail:LookupEvents',
];

/** A policy of IAM in one line, ready to be given. */
export function readPolicy(): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Rollcall', Effect: 'Allow', Action: READ, Resource: '*' }],
  });
}

/** Of the credential, where it reads other accounts. `ACCOUNT` of the role may be `*`. */
export function callerPolicy(role: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Accounts', Effect: 'Allow', Action: ['organizations:ListAccounts'], Resource: '*' },
      { Sid: 'Roles', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: `arn:aws:iam::*:role/${role}` },
    ],
  });
}

/** Who may take a role of an account: the account of the credential. */
export function trustPolicy(caller: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${caller}:root` }, Action: 'sts:AssumeRole' }],
  });
}
