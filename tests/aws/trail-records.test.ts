import { describe, expect, it } from '@jest/globals';
import type { InstanceType, TrailEvent } from '../../src/providers/aws/answers.ts';
import { toRecords } from '../../src/providers/aws/records.ts';
import { toEvent } from './lab/trail.ts';

const OWN = '111122223333';

describe('an event of CloudTrail', () => {
  const type: InstanceType = {
    instanceType: 't3.large',
    vCpuInfo: { defaultVCpus: 2 },
    memoryInfo: { sizeInMiB: 8192 },
  };
  const place = { account: OWN, region: 'eu-west-1', types: new Map([['t3.large', type]]), maskKey: null };
  const [one, two] = ['i-0123456789abcdef0', 'i-0123456789abcdef1'];
  const set = (...ids: string[]) => ({ instancesSet: { items: ids.map((instanceId) => ({ instanceId })) } });
  const event = (name: string, request: unknown, more: { response?: unknown; errorCode?: string } = {}): TrailEvent => {
    const made = toEvent({ ...place, name, actor: 'alice', request, ...more }, Date.UTC(2026, 0, 5), 0);
    return { EventId: made.id, EventName: name, EventTime: 1, CloudTrailEvent: made.record };
  };

  it('is a record for each instance, by whoever did it', () => {
    const records = toRecords(event('StopInstances', set(one, two)), place);
    expect(records.map(({ target }) => target)).toEqual([one, two]);
    expect(new Set(records.map(({ ref }) => ref)).size).toBe(2);
    expect(records[0]).toMatchObject({
      verb: 'stop',
      actor: `arn:aws:iam::${OWN}:user/alice`,
      outcome: 'ok',
      place: `${OWN}/eu-west-1`,
      sets: { status: 'stopped' },
      at: new Date(Date.UTC(2026, 0, 5)),
    });
  });

  it.each([
    [
      'a creation, whose instances are in its answer',
      event('RunInstances', set(), { response: set(one) }),
      { verb: 'create' },
    ],
    [
      'a new type',
      event('ModifyInstanceAttribute', { instanceId: one, instanceType: { value: 't3.large' } }),
      { sets: { instanceType: 't3.large', cores: 2, memory: 8192 } },
    ],
    [
      'a type that is not known',
      event('ModifyInstanceAttribute', { instanceId: one, instanceType: { value: 'x9' } }),
      { sets: { instanceType: 'x9' }, touches: ['cores', 'memory'] },
    ],
    [
      'other groups',
      event('ModifyInstanceAttribute', { instanceId: one, groupSet: { items: [] } }),
      { touches: ['securityGroups'] },
    ],
    [
      'what is none of our fields',
      event('ModifyInstanceAttribute', { instanceId: one, disableApiTermination: { value: true } }),
      { touches: [] },
    ],
    [
      'a name',
      event('CreateTags', {
        resourcesSet: { items: [{ resourceId: one }] },
        tagSet: { items: [{ key: 'Name', value: 'a' }] },
      }),
      { sets: { name: 'a' }, touches: [] },
    ],
    [
      'a tag',
      event('CreateTags', {
        resourcesSet: { items: [{ resourceId: one }, { resourceId: 'vol-1' }] },
        tagSet: { items: [{ key: 'a', value: 'b' }] },
      }),
      { touches: ['tags'] },
    ],
    [
      'a name that is taken away',
      event('DeleteTags', { resourcesSet: { items: [{ resourceId: one }] }, tagSet: { items: [{ key: 'Name' }] } }),
      { touches: ['name'] },
    ],
    [
      'a disk',
      event('AttachVolume', { volumeId: 'vol-1', instanceId: one, device: '/dev/sdf' }),
      { touches: ['disk'] },
    ],
    [
      'a role',
      event('AssociateIamInstanceProfile', { AssociateIamInstanceProfileRequest: { InstanceId: one } }),
      { touches: ['role'] },
    ],
    [
      'what was refused',
      event('StopInstances', set(one), { errorCode: 'Client.UnauthorizedOperation' }),
      { outcome: 'failed' },
    ],
  ])('tells of %s', (_what, told, expected) => {
    const [record, ...more] = toRecords(told, place);
    expect(more).toEqual([]);
    expect(record).toMatchObject({ target: one, ...expected });
  });

  it('tells nothing of what is not about instances, or cannot be read', () => {
    expect(toRecords(event('CreateVolume', { size: 1 }), place)).toEqual([]);
    expect(toRecords(event('StopInstances', set('vol-1')), place)).toEqual([]);
    expect(toRecords({ ...event('StopInstances', set(one)), CloudTrailEvent: '{' }, place)).toEqual([]);
    expect(toRecords({ ...event('StopInstances', set(one)), CloudTrailEvent: '[]' }, place)).toEqual([]);
  });

  const states = (id: string, previous: string, current: string) => ({
    instanceId: id,
    previousState: { code: 0, name: previous },
    currentState: { code: 0, name: current },
  });
  it.each([
    ['StopInstances', 'stopped', 'running', 'stopping'],
    ['StopInstances', 'stopping', 'running', 'stopping'],
    ['StartInstances', 'running', 'stopped', 'pending'],
    ['TerminateInstances', 'terminated', 'stopped', 'terminated'],
    ['TerminateInstances', 'shutting-down', 'running', 'shutting-down'],
  ])('is none of an instance that %s finds %s, but of others', (name, same, previous, current) => {
    const response = { instancesSet: { items: [states(one, same, same), states(two, previous, current)] } };
    expect(toRecords(event(name, set(one, two), { response }), place).map(({ target }) => target)).toEqual([two]);
  });

  it('keeps no secret of a name', () => {
    const tags = { tagSet: { items: [{ key: 'Name', value: 'password=hunter2' }] } };
    const [record] = toRecords(event('CreateTags', { resourcesSet: { items: [{ resourceId: one }] }, ...tags }), place);
    expect(JSON.stringify(record)).not.toContain('hunter2');
  });
});
