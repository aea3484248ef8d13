import { describe, expect, it } from '@jest/globals';
import { accountsPage, type MemberAccount } from '../../src/providers/aws/answers.ts';
import { planAccounts } from '../../src/providers/aws/plan-accounts.ts';
import { readPages } from '../../src/providers/aws/read-pages.ts';
import { readXml } from '../../src/providers/aws/read-xml.ts';
import { isExpired, isSkewed, isThrottled, saidBy, toRefusal } from '../../src/providers/aws/refusal.ts';
import { readScope, type Scope } from '../../src/providers/aws/scope.ts';
import { parseAddress } from '../../src/providers/aws/scope-address.ts';
import { tagText } from '../../src/providers/tag-text.ts';
import { AppError } from '../../src/types/errors.ts';

const OWN = '111122223333';
const OTHER = '444455556666';

describe('what of AWS is read', () => {
  it.each([
    ['self', 'https://sts.amazonaws.com/self'],
    ['self/eu-west-1', 'https://sts.amazonaws.com/self/eu-west-1'],
    ['organization', 'https://sts.amazonaws.com/organization:rollcall'],
    ['organization:audit/us-east-1', 'https://sts.amazonaws.com/organization:audit/us-east-1'],
    [OWN, `https://sts.amazonaws.com/${OWN}:rollcall`],
    ['sts.amazonaws.com/self', 'https://sts.amazonaws.com/self'],
    ['https://aws.example.com:8443/self', 'https://aws.example.com:8443/self'],
    ['localhost:5000/organization', 'https://localhost:5000/organization:rollcall'],
  ])('%s is %s, and so is that', (text, address) => {
    expect(parseAddress(text)).toBe(address);
    expect(parseAddress(address)).toBe(address);
  });

  it.each([
    '',
    'aws',
    'self:role',
    '12345',
    'self/nowhere',
    'organization/',
    'http://x/self',
    'https://u@x/self',
    `${OWN}:a b`,
  ])('%j is nothing', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it('is at the hosts of AWS where no other one is named', () => {
    expect(readScope('https://sts.amazonaws.com/self')?.host).toBeNull();
    expect(readScope('https://aws.example.com/self')?.host).toBe('https://aws.example.com');
  });
});

describe('accounts', () => {
  const scope = (text: string): Scope => {
    const parsed = readScope(parseAddress(text) ?? '');
    if (parsed === null) throw new Error(text);
    return parsed;
  };
  const member = (Id: string, State = 'ACTIVE'): MemberAccount => ({ Id, Name: Id, State });

  it('are those of the organization that are active, the own one by the credential itself', () => {
    const members = [member(OWN), member(OTHER), member('777788889999', 'SUSPENDED')];
    const { plans, failure } = planAccounts([scope('organization:audit')], OWN, members);
    expect(failure).toBeNull();
    expect(plans.map(({ account, role, regions }) => [account, role, regions])).toEqual([
      [OWN, null, null],
      [OTHER, 'audit', null],
    ]);
  });

  it.each([
    ['State', { State: 'ACTIVE' }, { State: 'SUSPENDED' }],
    ['Status, which AWS retires', { Status: 'ACTIVE' }, { Status: 'SUSPENDED' }],
    ['both, and State counts', { State: 'ACTIVE', Status: 'SUSPENDED' }, { State: 'CLOSED', Status: 'ACTIVE' }],
  ])('are active by their %s', (_what, active, other) => {
    const told = {
      Accounts: [
        { Id: OWN, Name: 'a', ...active },
        { Id: OTHER, Name: 'b', ...other },
      ],
    };
    const { plans } = planAccounts([scope('organization')], OWN, accountsPage.parse(told).rows);
    expect(plans.map(({ account }) => account)).toEqual([OWN]);
  });

  it('without a state are no list of accounts', () => {
    expect(accountsPage.safeParse({ Accounts: [{ Id: OWN, Name: 'a' }] }).success).toBe(false);
  });

  it('are each read once, in all regions that any scope has', () => {
    const scopes = [scope(`${OTHER}/eu-west-1`), scope(`${OTHER}/us-east-1`), scope('self/eu-west-1'), scope('self')];
    const { plans } = planAccounts(scopes, OWN, null);
    expect(plans.map(({ account, regions }) => [account, regions && [...regions]])).toEqual([
      [OTHER, ['eu-west-1', 'us-east-1']],
      [OWN, null],
    ]);
  });

  it('may be missing where the organization does not tell them', () => {
    const refused = new AppError('forbidden', 'no');
    expect(planAccounts([scope('organization'), scope('self')], OWN, refused)).toMatchObject({
      failure: refused,
      plans: [{ account: OWN }],
    });
  });
});

describe('a list', () => {
  it('goes on after a short page and an empty one, and ends without a token', async () => {
    const pages = new Map([
      [null, { rows: [1], nextToken: 'a' }],
      ['a', { rows: [], nextToken: 'b' }],
      ['b', { rows: [2, 3], nextToken: null }],
    ]);
    expect(await readPages(async (token) => pages.get(token) ?? { rows: [], nextToken: null })).toEqual([1, 2, 3]);
  });

  it('that gives a token again is none, and neither is one that is too long', async () => {
    await expect(readPages(async () => ({ rows: [1], nextToken: 'a' }))).rejects.toMatchObject({ code: 'malformed' });
    let count = 0;
    const endless = readPages(async () => ({ rows: [1], nextToken: String(++count) }), {
      most: 5,
      what: 'more events',
    });
    await expect(endless).rejects.toMatchObject({ code: 'limit', message: expect.stringContaining('more events') });
  });
});

describe('XML', () => {
  it('becomes lists, fields and texts', async () => {
    const text = '<r><a/><b><item><c>1 &amp; 2</c></item><item><c><![CDATA[<3>]]></c></item></b></r>';
    expect(await readXml(text)).toEqual({ a: '', b: [{ c: '1 & 2' }, { c: '<3>' }] });
  });

  it.each([
    ['a document type', '<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', 'document type'],
    ['an end that is missing', '<r><a>1</a>', 'ends early'],
    ['no XML', 'hello', 'XML'],
    ['too many levels', '<a>'.repeat(100), 'levels'],
  ])('with %s is refused', async (_what, text, why) => {
    await expect(readXml(text)).rejects.toThrow(why);
  });

  it('takes no field for one of objects', async () => {
    const read = await readXml('<r><__proto__><x>1</x></__proto__><y>2</y></r>');
    expect('x' in Object(read)).toBe(false);
    expect(read).toEqual({ y: '2' });
  });
});

describe('a refusal', () => {
  const xml = (code: string, message = 'no') =>
    `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`;

  it.each([
    ['RequestLimitExceeded', 'server', true],
    ['ThrottlingException', 'server', true],
    ['ServiceException', 'server', true],
    ['UnauthorizedOperation', 'forbidden', undefined],
    ['AccessDenied', 'forbidden', undefined],
    ['AuthFailure', 'unauthenticated', undefined],
    ['ExpiredToken', 'unauthenticated', undefined],
    ['RequestTimeTooSkewed', 'unauthenticated', true],
    ['InvalidInstanceID.NotFound', 'no-such-guest', undefined],
    ['InternalError', undefined, undefined],
    ['SomethingNew', undefined, undefined],
  ])('%s is %s, and passes (its status says): %s', (code, meaning, isPassing) => {
    const said = saidBy(xml(code));
    expect(said.code).toBe(code);
    const refusal = toRefusal(said, 'DescribeInstances');
    expect([refusal.code, refusal.isPassing]).toEqual([meaning, isPassing]);
  });

  it('is read from both protocols, and says no more than people can use', () => {
    expect(saidBy('{"__type":"com.amazonaws#ThrottlingException","message":"slow"}').code).toBe('ThrottlingException');
    expect(saidBy('<html>')).toEqual({ code: '', message: '' });
    expect(saidBy('{"a":1}')).toEqual({ code: '', message: '' });
    const said = saidBy(xml('UnauthorizedOperation', 'You may not. Encoded authorization failure message: aBcD'));
    expect(toRefusal(said, 'DescribeImages').message).toBe('DescribeImages: UnauthorizedOperation: You may not.');
    expect([isThrottled('Throttling'), isExpired('ExpiredTokenException')]).toEqual([true, true]);
    expect(isSkewed({ code: 'SignatureDoesNotMatch', message: 'Signature expired: 1 is now earlier than 2' })).toBe(
      true,
    );
    expect(isSkewed({ code: 'SignatureDoesNotMatch', message: 'The signature does not match' })).toBe(false);
  });
});

describe('a tag', () => {
  it.each([
    ['db-password', 'x', true],
    ['ApiToken', 'x', true],
    ['LicenseKey', 'x', true],
    ['ssh.key', 'x', true],
    ['note', 'password=hunter2', true],
    ['env', 'prod', false],
    ['monkey', 'yes', false],
    ['keyboard', 'de', false],
  ])('%s=%s is hidden: %s', (key, value, isHidden) => {
    expect(tagText({ key, value }, null).includes('«hidden')).toBe(isHidden);
  });
});
