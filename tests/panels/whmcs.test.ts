import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type JsonServer, startJsonServer } from './json-server.ts';
import { openPanelWorld } from './panel-world.ts';

const SECRET = 'whmcs-s3cret-5127';

function product(id: number) {
  return {
    id,
    clientid: 7,
    name: 'VPS S',
    groupname: 'Servers',
    domain: `vm${id}.example.com`,
    dedicatedip: `192.0.2.${id % 250}`,
    assignedips: '2001:db8::5\r\n198.51.100.7',
    status: id === 2 ? 'Suspended' : 'Active',
    billingcycle: 'Monthly',
    password: 'password-of-the-server',
    customfields: { customfield: [{ id: 1, name: 'VMID', value: String(100 + id) }] },
  };
}

describe('a panel of WHMCS', () => {
  const { env, rollcall, everything } = openPanelWorld();
  let server: JsonServer;
  let total = 0;
  beforeAll(async () => {
    server = await startJsonServer();
    env['WHMCS_ID'] = 'the-identifier';
    env['WHMCS_SECRET'] = SECRET;
    const secrets = '--identifier env:WHMCS_ID --secret env:WHMCS_SECRET';
    await rollcall(`panel add shop --type whmcs --url ${server.url} ${secrets} --map native_id=VMID`);
  });
  beforeEach(() => {
    total = 3;
    server.asked.length = 0;
    server.answer = (url, form) => {
      if (url.pathname !== '/includes/api.php' || form.get('secret') !== SECRET) {
        return { status: 403, body: { result: 'error', message: 'Authentication Failed' } };
      }
      const start = Number(form.get('limitstart'));
      const size = Math.min(total - start, Number(form.get('limitnum')));
      const found = Array.from({ length: size }, (_, index) => product(start + index + 1));
      return { body: { result: 'success', totalresults: total, products: size === 0 ? '' : { product: found } } };
    };
  });

  it('lists the products of its clients by the one action that it is asked for', async () => {
    expect((await rollcall('panel test shop -o json')).json).toMatchObject({
      count: 3,
      doubt: null,
      records: [
        {
          id: '1',
          nativeId: '101',
          name: 'vm1.example.com',
          owner: '7',
          state: 'running',
          addresses: ['192.0.2.1', '2001:db8::5', '198.51.100.7'],
          package: 'Servers / VPS S',
          isBilled: true,
        },
        { id: '2', state: 'suspended' },
        { id: '3' },
      ],
    });
    expect(
      server.asked.map(({ method, path, body }) => [method, path, new URLSearchParams(body).get('action')]),
    ).toEqual([['POST', '/includes/api.php', 'GetClientsProducts']]);
  });

  it('is read in pages, and has nothing where there is nothing', async () => {
    total = 600;
    expect((await rollcall('panel test shop -o json')).json).toMatchObject({ count: 600, doubt: null });
    expect(server.asked).toHaveLength(3);
    total = 0;
    expect((await rollcall('panel test shop -o json')).json).toMatchObject({ count: 0, doubt: null });
  });

  describe('with products that are no servers', () => {
    beforeEach(() => {
      total = 600;
      const usual = server.answer;
      server.answer = (url, form) => {
        const { body } = usual(url, form);
        const { products } = body as { products: '' | { product: ReturnType<typeof product>[] } };
        if (products === '') return { body };
        const hosting = { groupname: 'Web Hosting', name: 'Starter' };
        const sold = products.product.map((one) => (Number(one.id) % 3 === 0 ? one : { ...one, ...hosting }));
        return { body: { ...(body as object), products: { product: sold } } };
      };
    });

    it.each([
      ["--group 'serv*' --product '*'", 200],
      ["--group '*' --product VPS?S", 200],
      ["--group 'Web Hosting' --group Servers --product '*'", 600],
      ["--group Servers --product 'VPS S' --product Starter", 200],
    ])('lists those of %s', async (options, count) => {
      expect((await rollcall(`panel update shop ${options}`)).status).toBe(0);
      const { status, json } = await rollcall('panel test shop -o json');
      expect(status).toBe(0);
      expect(json).toMatchObject({ count, doubt: null });
    });

    it('is whole by all of its products, and doubtful where none is a server', async () => {
      await rollcall("panel update shop --group Servers --product '*'");
      const usual = server.answer;
      // An order that moves while the pages are read: a product twice, another one not at all.
      server.answer = (url, form) => {
        const start = Number(form.get('limitstart'));
        const moved = new URLSearchParams(form);
        moved.set('limitstart', String(start === 250 ? 249 : start));
        const { body } = usual(url, moved);
        return { body };
      };
      expect((await rollcall('panel test shop -o json')).json).toMatchObject({
        count: 200,
        doubt: expect.stringMatching(/there twice \(250\)/),
      });
      server.answer = usual;
      await rollcall('panel update shop --group VPS');
      expect((await rollcall('panel test shop -o json')).json).toMatchObject({
        count: 0,
        doubt: 'none of the 600 rows is taken for a server',
      });
      const shown = await rollcall('panel show shop');
      expect(shown.stdout).toMatch(/^group +VPS$/m);
      expect(shown.stdout).toMatch(/^product +\*$/m);
      await rollcall("panel update shop --group '*'");
    });
  });

  it('means nothing to other types of panels', async () => {
    const ran = await rollcall('panel add other --type rollcall --group VPS');
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('--group means nothing to panels of type rollcall');
  });

  it('is doubtful where a page in the middle is missing, and where the total changes', async () => {
    total = 600;
    const usual = server.answer;
    server.answer = (url, form) => {
      if (form.get('limitstart') !== '250') return usual(url, form);
      return { body: { result: 'success', totalresults: 600, products: '' } };
    };
    const ran = await rollcall('panel test shop -o json');
    expect(ran.status).toBe(5);
    expect(ran.json).toMatchObject({ doubt: 'the list has 250 of the 600 that it tells of' });
    server.answer = (url, form) => {
      total += 1;
      return usual(url, form);
    };
    expect((await rollcall('panel test shop -o json')).json).toMatchObject({
      doubt: 'the list changed while it was read',
    });
  });

  it('shows no secret where it is refused', async () => {
    env['WHMCS_SECRET'] = `${SECRET}-wrong`;
    const ran = await rollcall('panel test shop');
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('Authentication Failed (403)');
    env['WHMCS_SECRET'] = SECRET;
    server.answer = () => ({ body: { result: 'error', message: `Invalid IP ${SECRET}` } });
    expect((await rollcall('panel test shop')).status).toBe(3);
    const all = await everything();
    for (const secret of [SECRET, 'password-of-the-server', 'the-identifier']) expect(all).not.toContain(secret);
  });
});
