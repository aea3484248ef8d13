import { describe, expect, it } from '@jest/globals';
import { draftOf, endpointsOf, NEW_FORM, problemsOf } from '../../web/src/providers/form-state.ts';

const SHOP = { ...NEW_FORM, name: 'shop', type: 'gcp', login: 'login', id: 'default' } as const;

describe('the form of a provider', () => {
  it('takes what a cloud is asked about for an address', () => {
    expect(endpointsOf({ ...SHOP, endpoints: 'my-project, folders/123' })).toEqual([
      'https://compute.googleapis.com/projects/my-project',
      'https://compute.googleapis.com/folders/123',
    ]);
    // The server says what is wrong with it.
    expect(endpointsOf({ ...SHOP, endpoints: 'No Project' })).toEqual(['No', 'Project']);
    expect(endpointsOf({ ...NEW_FORM, endpoints: 'pve1.example.com' })).toEqual(['https://pve1.example.com:8006']);
  });

  it('sends a login without a secret where it has none', () => {
    const form = { ...SHOP, endpoints: 'my-project' };
    expect(problemsOf(form)).toEqual({});
    expect(draftOf(form, undefined).credential).toEqual({ kind: 'login', login: 'default' });
  });

  it('asks for the reference to a secret where a login has one, and takes no secret itself', () => {
    const form = { ...SHOP, endpoints: 'my-project', id: 'service-account' };
    expect(Object.keys(problemsOf(form))).toEqual(['secretRef']);
    expect(Object.keys(problemsOf({ ...form, secretRef: '{"private_key":"x"}' }))).toEqual(['secretRef']);
    const whole = { ...form, secretRef: 'env:ROLLCALL_SECRET_GCP' };
    expect(problemsOf(whole)).toEqual({});
    expect(draftOf(whole, undefined).credential).toEqual({
      kind: 'login',
      login: 'service-account',
      secretRef: 'env:ROLLCALL_SECRET_GCP',
    });
  });

  it.each(['aws', 'azure', 'gcp'])('knows the logins of %s', (type) => {
    expect(Object.keys(problemsOf({ ...SHOP, type, id: 'nobody', endpoints: 'x' }))).toContain('id');
  });
});
