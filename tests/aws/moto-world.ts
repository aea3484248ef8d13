import { request } from 'node:https';
import * as z from 'zod';
import { type Moto, startMoto } from '../../scripts/moto-server.mjs';
import { callerPolicy, readPolicy, trustPolicy } from '../../src/providers/aws/policy.ts';
import { Boto3, type BotoKeys } from '../helpers/boto3.ts';

const ROOT: BotoKeys = { accessKeyId: 'AKIAROOTROOTROOTROOT', secretAccessKey: 'root' };
/** The account that moto's own credentials are of. */
export const OWN = '123456789012';
const EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

const account = z.object({ CreateAccountStatus: z.object({ AccountId: z.string() }) });
const userKeys = z
  .object({ AccessKey: z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string() }) })
  .transform(({ AccessKey }) => ({ accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }));
const roleKeys = z
  .object({ Credentials: z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string(), SessionToken: z.string() }) })
  .transform(({ Credentials: one }) => ({
    accessKeyId: one.AccessKeyId,
    secretAccessKey: one.SecretAccessKey,
    sessionToken: one.SessionToken,
  }));

export interface MotoWorld {
  moto: Moto;
  hand: Boto3;
  /** Another account of the organization. */
  member: string;
  /** Has the policies that Rollcall prints, and nothing else. */
  reader: BotoKeys;
  /** Has no right. */
  nobody: BotoKeys;
  admin: BotoKeys;
  memberAdmin: BotoKeys;
  close(): Promise<void>;
}

/** An organization of two accounts, in which signatures and policies are checked. */
export async function openMoto(): Promise<MotoWorld> {
  const moto = await startMoto();
  const hand = new Boto3(moto);
  const root = (service: string, method: string, parameters: object, keys = ROOT): Promise<unknown> =>
    hand.call(z.unknown(), { service, region: 'us-east-1', method, parameters, keys });
  const user = async (name: string, policies: readonly string[]): Promise<BotoKeys> => {
    await root('iam', 'create_user', { UserName: name });
    for (const [index, PolicyDocument] of policies.entries())
      await root('iam', 'put_user_policy', { UserName: name, PolicyName: `p${index}`, PolicyDocument });
    return userKeys.parse(await root('iam', 'create_access_key', { UserName: name }));
  };
  await root('organizations', 'create_organization', { FeatureSet: 'ALL' });
  const made = await root('organizations', 'create_account', { Email: 'b@example.com', AccountName: 'shop' });
  const member = account.parse(made).CreateAccountStatus.AccountId;
  const assumed = { RoleArn: `arn:aws:iam::${member}:role/any`, RoleSessionName: 'setup' };
  const asMember = roleKeys.parse(await root('sts', 'assume_role', assumed));
  for (const [RoleName, PolicyDocument] of [
    ['rollcall', readPolicy()],
    ['admin', EVERYTHING],
  ]) {
    await root('iam', 'create_role', { RoleName, AssumeRolePolicyDocument: trustPolicy(OWN) }, asMember);
    await root('iam', 'put_role_policy', { RoleName, PolicyName: 'p', PolicyDocument }, asMember);
  }
  const reader = await user('reader', [readPolicy(), callerPolicy('rollcall')]);
  const nobody = await user('nobody', []);
  const admin = await user('admin', [EVERYTHING]);
  await checkSignatures(moto);
  const memberAdmin = await hand.call(roleKeys, {
    service: 'sts',
    region: 'us-east-1',
    method: 'assume_role',
    parameters: { RoleArn: `arn:aws:iam::${member}:role/admin`, RoleSessionName: 'alice' },
    keys: admin,
  });
  const close = async (): Promise<void> => {
    await hand.close();
    await moto.stop();
  };
  return { moto, hand, member, reader, nobody, admin, memberAdmin, close };
}

/** From here on moto checks who asks, and whether he may. */
function checkSignatures({ url, certificate }: Moto): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/moto-api/reset-auth`, { method: 'POST', ca: certificate }, (incoming) => {
      incoming.resume().once('end', () => resolve());
    });
    outgoing.once('error', reject);
    outgoing.end('0');
  });
}
