import { describe, expect, it } from '@jest/globals';
import { secretParameters } from '../../src/text/secret-parameters.ts';

describe('the parameters of an address that look like secrets', () => {
  it.each([
    'token',
    'access_token',
    'key',
    'KEY',
    'api_key',
    'apiKey',
    'x-auth-key',
    'secret',
    'client_secret',
    'password',
    'passwd',
    'pass',
    'user_pwd',
    'sig',
  ])('%s', (name) => {
    expect(secretParameters(new URL(`https://crm.example.com/vms?page=1&${name}=abc&sort=id`))).toEqual([name]);
  });

  it('are told by their shape, too', () => {
    const url = new URL('https://crm.example.com/vms?a=Bearer%20abcdefgh12345678&b=x');
    expect(secretParameters(url)).toEqual(['a']);
  });

  it.each(['page=2&limit=100', 'sort_key=name', 'keyword=vps', 'token=', 'author=7&monkey=1', 'compass=n', ''])(
    'are none of %s',
    (query) => {
      expect(secretParameters(new URL(`https://crm.example.com/vms?${query}`))).toEqual([]);
    },
  );
});
