export interface LabInstance {
  id: string;
  account: string;
  region: string;
  name: string;
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  /** Since when it is terminated; null: it is not. */
  terminatedAtMs: number | null;
  cores: number;
  memoryMiB: number;
  tags: Readonly<Record<string, string>>;
  /** Its number, of which addresses are made. */
  number: number;
}

export interface Answer {
  status: number;
  text: string;
  type: string;
}

const NS = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const STS = 'https://sts.amazonaws.com/doc/2011-06-15/';
const REQUEST = '59dbff89-35bd-4eac-99ed-be587EXAMPLE';
const CREATED = '2026-01-01T09:00:00.000Z';
/** The type of a machine says how large it is; these are made up, so that any size has one. */
export function typeOf({ cores, memoryMiB }: Pick<LabInstance, 'cores' | 'memoryMiB'>): string {
  return `lab${cores}.m${memoryMiB}`;
}

export function ec2(action: string, inside: string): Answer {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="${NS}">\n    <requestId>${REQUEST}</requestId>\n${inside}</${action}Response>`;
  return { status: 200, text, type: 'text/xml;charset=UTF-8' };
}

export function sts(action: string, inside: string): Answer {
  const text = `<${action}Response xmlns="${STS}"><${action}Result>${inside}</${action}Result><ResponseMetadata><RequestId>${REQUEST}</RequestId></ResponseMetadata></${action}Response>`;
  return { status: 200, text, type: 'text/xml' };
}

export function json(status: number, body: unknown): Answer {
  return { status, text: JSON.stringify(body), type: 'application/x-amz-json-1.1' };
}

/** As each protocol says it. */
export function refusal(service: string, status: number, code: string, message = 'It is refused'): Answer {
  if (service === 'ec2') {
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${REQUEST}</RequestID></Response>`;
    return { status, text, type: 'text/xml;charset=UTF-8' };
  }
  if (service === 'sts') {
    const text = `<ErrorResponse xmlns="${STS}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${REQUEST}</RequestId></ErrorResponse>`;
    return { status, text, type: 'text/xml' };
  }
  return json(status, { __type: code, Message: message });
}

export function token(next: string | null): string {
  return next === null ? '' : `<nextToken>${next}</nextToken>\n`;
}

export function list(name: string, rows: readonly string[]): string {
  if (rows.length === 0) return `    <${name}/>\n`;
  return `    <${name}>\n${rows.map((row) => `        <item>${row}</item>\n`).join('')}    </${name}>\n`;
}

/** A reservation of one instance, with what a client could trip over, and what must not be kept. */
export function reservationOf(row: LabInstance): string {
  const { id, account } = row;
  return (
    `<reservationId>r-${id.slice(2)}</reservationId><ownerId>${account}</ownerId><groupSet/>` +
    `<instancesSet><item>${instanceOf(row)}</item></instancesSet>`
  );
}

const CODES = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 } as const;

function instanceOf(row: LabInstance): string {
  const { id, account, region, name, state, tags, number } = row;
  const isGone = state === 'terminated' || state === 'shutting-down';
  const given = Object.entries({ ...tags, ...(name !== '' && { Name: name }) });
  const inner = addressOf(number);
  const outer = state === 'running' ? `203.0.113.${number % 250}` : null;
  const hex = id.slice(2);
  return [
    `<instanceId>${id}</instanceId><imageId>ami-0abcdef1234567890</imageId>`,
    `<instanceState><code>${CODES[state]}</code><name>${state}</name></instanceState>`,
    `<privateDnsName>ip-${inner.replaceAll('.', '-')}.${region}.compute.internal</privateDnsName><dnsName/>`,
    `<reason/><keyName>ops</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/>`,
    `<instanceType>${typeOf(row)}</instanceType><launchTime>${CREATED}</launchTime>`,
    `<placement><availabilityZone>${region}a</availabilityZone><groupName/><tenancy>default</tenancy></placement>`,
    `<monitoring><state>disabled</state></monitoring>`,
    isGone
      ? ''
      : `<subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><privateIpAddress>${inner}</privateIpAddress>` +
        (outer === null ? '' : `<ipAddress>${outer}</ipAddress>`),
    `<sourceDestCheck>true</sourceDestCheck>`,
    list('groupSet', isGone ? [] : ['<groupId>sg-1</groupId><groupName>web &amp; more</groupName>']),
    `<architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>`,
    list(
      'blockDeviceMapping',
      isGone
        ? []
        : [
            `<deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-${hex}</volumeId><status>attached</status>` +
              `<attachTime>${CREATED}</attachTime><deleteOnTermination>true</deleteOnTermination></ebs>`,
          ],
    ),
    `<virtualizationType>hvm</virtualizationType><clientToken/>`,
    list(
      'tagSet',
      given.map(([key, value]) => `<key>${xmlText(key)}</key><value>${xmlText(value)}</value>`),
    ),
    `<hypervisor>xen</hypervisor>`,
    list('networkInterfaceSet', isGone ? [] : [cardOf(row, { inner, outer, account })]),
    `<iamInstanceProfile><arn>arn:aws:iam::${account}:instance-profile/web</arn><id>AIPA</id></iamInstanceProfile>`,
    `<ebsOptimized>false</ebsOptimized><metadataOptions><state>applied</state><httpTokens>required</httpTokens></metadataOptions>`,
    `<platformDetails>Linux/UNIX</platformDetails>`,
  ].join('');
}

function cardOf(
  { id, number }: LabInstance,
  { inner, outer, account }: { inner: string; outer: string | null; account: string },
): string {
  const association =
    outer === null ? '' : `<association><publicIp>${outer}</publicIp><ipOwnerId>amazon</ipOwnerId></association>`;
  const mac = `02:00:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`;
  return (
    `<networkInterfaceId>eni-${id.slice(2)}</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>` +
    `<description/><ownerId>${account}</ownerId><status>in-use</status><macAddress>${mac}</macAddress>` +
    `<privateIpAddress>${inner}</privateIpAddress><groupSet><item><groupId>sg-1</groupId></item></groupSet>` +
    `<attachment><attachmentId>eni-attach-1</attachmentId><deviceIndex>0</deviceIndex><status>attached</status>` +
    `<attachTime>${CREATED}</attachTime><networkCardIndex>0</networkCardIndex></attachment>${association}` +
    `<privateIpAddressesSet><item><privateIpAddress>${inner}</privateIpAddress><primary>true</primary>${association}</item></privateIpAddressesSet>` +
    `<ipv6AddressesSet/>`
  );
}

export function volumeOf({ id }: LabInstance): string {
  return (
    `<volumeId>vol-${id.slice(2)}</volumeId><size>8</size><snapshotId/><availabilityZone>x</availabilityZone><status>in-use</status>` +
    `<attachmentSet><item><instanceId>${id}</instanceId></item></attachmentSet><volumeType>gp3</volumeType><encrypted>true</encrypted>`
  );
}

export function instanceTypeOf(name: string): string {
  const [, cores = '1', memory = '1024'] = /^lab(\d+)\.m(\d+)$/.exec(name) ?? [];
  return (
    `<instanceType>${name}</instanceType><vCpuInfo><defaultVCpus>${cores}</defaultVCpus></vCpuInfo>` +
    `<memoryInfo><sizeInMiB>${memory}</sizeInMiB></memoryInfo>`
  );
}

function addressOf(number: number): string {
  return `10.0.${(number >> 8) & 255}.${number & 255}`;
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
