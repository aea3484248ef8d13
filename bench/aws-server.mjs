// @ts-check
// AWS for a bench: accounts of an organization, regions, instances, volumes and events, with answers made beforehand and sent after a
// delay, as over a network. It checks no signature, so that whoever measures a client does not measure this. A process of its own: told
// its size as JSON, it sends its address, and the calls since it was asked last.
import { createServer } from 'node:https';
import { generate } from 'selfsigned';

/** @typedef {{ headers: Record<string, string>, body: string, service: string }} Asked */

const { accounts, regions, instances, delayMs } = JSON.parse(process.argv[2] ?? '{}');
const NS = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const OWN = 111122223333;
const ids = Array.from({ length: accounts }, (_, index) => String(OWN + index));
const names = Array.from({ length: regions }, (_, index) => `eu-west-${index + 1}`);
/** @type {Asked[]} */
let asked = [];

/** @param {number} number @param {string} account @param {string} region */
function instance(number, account, region) {
  const id = `i-${number.toString(16).padStart(17, '0')}`;
  const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  const tags = ['Name', 'env', 'team', 'cost-center'].map(
    (key) => `<item><key>${key}</key><value>${key}-${number}</value></item>`,
  );
  return `<item><reservationId>r-${number}</reservationId><ownerId>${account}</ownerId><groupSet/><instancesSet><item><instanceId>${id}</instanceId><imageId>ami-0abcdef1234567890</imageId><instanceState><code>16</code><name>running</name></instanceState><privateDnsName>ip.${region}.compute.internal</privateDnsName><dnsName/><reason/><keyName>ops</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>m5.large</instanceType><launchTime>2026-01-01T09:00:00.000Z</launchTime><placement><availabilityZone>${region}a</availabilityZone><groupName/><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><privateIpAddress>${address}</privateIpAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-1</groupId><groupName>web</groupName></item></groupSet><architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-${number}</volumeId><status>attached</status><attachTime>2026-01-01T09:00:00.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping><virtualizationType>hvm</virtualizationType><clientToken/><tagSet>${tags.join('')}</tagSet><hypervisor>xen</hypervisor><networkInterfaceSet><item><networkInterfaceId>eni-${number}</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><description/><ownerId>${account}</ownerId><status>in-use</status><macAddress>02:00:00:${(number >> 16).toString(16).padStart(2, '0')}:${((number >> 8) & 255).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}</macAddress><privateIpAddress>${address}</privateIpAddress><sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-1</groupId><groupName>web</groupName></item></groupSet><attachment><attachmentId>eni-attach-${number}</attachmentId><deviceIndex>0</deviceIndex><status>attached</status><attachTime>2026-01-01T09:00:00.000Z</attachTime><deleteOnTermination>true</deleteOnTermination><networkCardIndex>0</networkCardIndex></attachment><privateIpAddressesSet><item><privateIpAddress>${address}</privateIpAddress><primary>true</primary></item></privateIpAddressesSet><ipv6AddressesSet/></item></networkInterfaceSet><ebsOptimized>false</ebsOptimized><cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions><metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpEndpoint>enabled</httpEndpoint></metadataOptions><platformDetails>Linux/UNIX</platformDetails></item></instancesSet></item>`;
}

/** @param {string} action @param {string} inside */
const ec2 = (action, inside) =>
  Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><${action}Response xmlns="${NS}"><requestId>1</requestId>${inside}</${action}Response>`,
  );

/** @type {Map<string, { instances: Buffer, volumes: Buffer }>} */
const places = new Map();
const perPlace = Math.ceil(instances / (accounts * regions));
let made = 0;
for (const account of ids) {
  for (const region of names) {
    const numbers = Array.from({ length: Math.min(perPlace, instances - made) }, () => (made += 1));
    const rows = numbers.map((number) => instance(number, account, region)).join('');
    const volumes = numbers.map(
      (number) =>
        `<item><volumeId>vol-${number}</volumeId><size>20</size><snapshotId/><availabilityZone>${region}a</availabilityZone><status>in-use</status><createTime>2026-01-01T09:00:00.000Z</createTime><attachmentSet><item><volumeId>vol-${number}</volumeId></item></attachmentSet><volumeType>gp3</volumeType><encrypted>true</encrypted></item>`,
    );
    places.set(`${account}/${region}`, {
      instances: ec2('DescribeInstances', `<reservationSet>${rows}</reservationSet>`),
      volumes: ec2('DescribeVolumes', `<volumeSet>${volumes.join('')}</volumeSet>`),
    });
  }
}
const EMPTY = Buffer.from('{"Events":[]}');
const regionList = ec2(
  'DescribeRegions',
  `<regionInfo>${names.map((name) => `<item><regionName>${name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>`).join('')}</regionInfo>`,
);
const types = ec2(
  'DescribeInstanceTypes',
  '<instanceTypeSet><item><instanceType>m5.large</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>8192</sizeInMiB></memoryInfo></item></instanceTypeSet>',
);
const images = ec2(
  'DescribeImages',
  '<imagesSet><item><imageId>ami-0abcdef1234567890</imageId><name>debian-12</name></item></imagesSet>',
);
const members = Buffer.from(
  JSON.stringify({ Accounts: ids.map((Id) => ({ Id, Name: `account ${Id}`, Status: 'ACTIVE' })) }),
);

/** @param {string} action @param {string} account @param {string} region @param {string} body */
function answer(action, account, region, body) {
  const place = places.get(`${account}/${region}`);
  if (action === 'DescribeInstances') return place?.instances;
  if (action === 'DescribeVolumes') return place?.volumes;
  if (action === 'LookupEvents') return EMPTY;
  if (action === 'ListAccounts') return members;
  if (action === 'DescribeRegions') return regionList;
  if (action === 'DescribeInstanceTypes') return types;
  if (action === 'DescribeImages') return images;
  if (action === 'GetCallerIdentity')
    return Buffer.from(
      `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::${OWN}:user/bench</Arn><UserId>A</UserId><Account>${OWN}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  const [, id = ''] = /iam%3A%3A(\d{12})/.exec(body) ?? [];
  return Buffer.from(
    `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA${id}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::${id}:assumed-role/rollcall/rollcall</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`,
  );
}

const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
  ],
});
/** @param {import('node:http').IncomingMessage} incoming @param {import('node:http').ServerResponse} outgoing */
async function serve(incoming, outgoing) {
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const { authorization = '', 'x-amz-target': target = '', 'content-type': type = '' } = incoming.headers;
  const [, access = '', region = '', service = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(authorization) ?? [];
  const action = /Action=(\w+)/.exec(body)?.[1] ?? String(target).split('.').at(-1) ?? '';
  const account = access.startsWith('ASIA') ? access.slice(4) : String(OWN);
  asked.push({
    headers: { authorization, 'content-type': type, ...(target !== '' && { 'x-amz-target': String(target) }) },
    body,
    service,
  });
  const text = answer(action, account, region, body) ?? Buffer.of();
  setTimeout(() => {
    outgoing.writeHead(200, {
      'content-type': target === '' ? 'text/xml' : 'application/x-amz-json-1.1',
      'content-length': text.length,
    });
    outgoing.end(text);
  }, delayMs);
}
const server = createServer({ key, cert }, (incoming, outgoing) => void serve(incoming, outgoing));
process.on('message', () => {
  process.send?.(asked);
  asked = [];
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ url: `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, certificate: cert });
});
