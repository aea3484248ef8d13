import { randomUUID } from 'node:crypto';

export interface LabEvent {
  account: string;
  region: string;
  id: string;
  name: string;
  atMs: number;
  /** From when on it is told. */
  toldAtMs: number;
  record: string;
}

export interface Deed {
  account: string;
  region: string;
  name: string;
  /** Name of a user. */
  actor: string;
  request: unknown;
  response?: unknown;
  errorCode?: string;
}

/** The record of an action as CloudTrail keeps it; the values of its time are whole seconds. */
export function toEvent(
  { account, region, name, actor, request, response = null, errorCode }: Deed,
  atMs: number,
  lateMs: number,
): LabEvent {
  const id = randomUUID();
  const record = {
    eventVersion: '1.09',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: actorArn(account, actor),
      accountId: account,
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      userName: actor,
    },
    eventTime: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    eventSource: 'ec2.amazonaws.com',
    eventName: name,
    awsRegion: region,
    sourceIPAddress: '192.0.2.1',
    userAgent: 'aws-cli/2',
    ...(errorCode !== undefined && { errorCode, errorMessage: 'it is refused' }),
    requestParameters: request,
    responseElements: response,
    requestID: randomUUID(),
    eventID: id,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  };
  return { account, region, id, name, atMs, toldAtMs: atMs + lateMs, record: JSON.stringify(record) };
}

/** Accounts have users of their own; the lab's are of one. */
export function actorArn(_account: string, actor: string): string {
  return `arn:aws:iam::111122223333:user/${actor}`;
}

/** A row of `LookupEvents`. */
export function eventRow({ id, name, atMs, record }: LabEvent) {
  return {
    EventId: id,
    EventName: name,
    ReadOnly: 'false',
    EventTime: Math.floor(atMs / 1_000),
    EventSource: 'ec2.amazonaws.com',
    Username: 'someone',
    Resources: [],
    CloudTrailEvent: record,
  };
}
