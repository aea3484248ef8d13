import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DISCOVERY_DOCUMENTS } from '../../scripts/moto-server.mjs';
import { Cloud } from '../providers/conformance/gcp-cloud.ts';
import { complaintsOf, type DiscoveryDocument, discoveryDocument } from './discovery-schema.ts';

if (!existsSync(DISCOVERY_DOCUMENTS) && process.env['ROLLCALL_MOTO'] === 'required') {
  throw new Error('the discovery documents are required: node scripts/moto-server.mjs --install');
}

function documentOf(name: string): DiscoveryDocument {
  return discoveryDocument.parse(JSON.parse(readFileSync(path.join(DISCOVERY_DOCUMENTS, `${name}.json`), 'utf8')));
}

(existsSync(DISCOVERY_DOCUMENTS) ? describe : describe.skip)(
  'answers of the lab, by the vendor’s discovery documents',
  () => {
    const cloud = new Cloud(() => new Date());
    const answers = new Map<string, unknown>();
    beforeAll(async () => {
      await cloud.start();
      const web = cloud.create('alice@example.com', 'web');
      web.status = 'RUNNING';
      web.labels['env'] = 'prod';
      cloud.create('alice@example.com', 'db');
      cloud.create('alice@example.com', 'mail');
      cloud.log('bob@example.com', web, 'v1.compute.instances.stop', {}, 'failed');
      cloud.spoil = (target, text) => {
        answers.set(target, JSON.parse(text));
        return null;
      };
    });
    afterAll(async () => {
      await cloud.close();
    });

    async function ask(target: string, body?: object): Promise<unknown> {
      const { Agent, request } = await import('node:https');
      await new Promise<void>((resolve, reject) => {
        const agent = new Agent({ rejectUnauthorized: false });
        const headers = { authorization: `Bearer ${cloud.token}`, 'content-type': 'application/json' };
        const sent = request(
          `${cloud.url}${target}`,
          { agent, headers, method: body === undefined ? 'GET' : 'POST' },
          (answer) => {
            answer.resume().once('end', resolve);
          },
        );
        sent.once('error', reject).end(body === undefined ? '' : JSON.stringify(body));
      });
      return answers.get(target);
    }

    const compute = '/compute/v1/projects/shop-prod';
    it.each([
      ['compute.v1', 'InstanceAggregatedList', `${compute}/aggregated/instances?maxResults=500`],
      ['compute.v1', 'InstanceAggregatedList', `${compute}/aggregated/instances?maxResults=500&pageToken=2`],
      ['compute.v1', 'Project', compute],
      ['compute.v1', 'MachineType', `${compute}/zones/us-central1-a/machineTypes/e2-small`],
      ['cloudresourcemanager.v3', 'ListProjectsResponse', '/v3/projects?parent=folders/1'],
      ['cloudresourcemanager.v3', 'ListFoldersResponse', '/v3/folders?parent=folders/1'],
    ])('%s %s is valid: %s', async (document, schema, target) => {
      expect(complaintsOf(await ask(target), schema, documentOf(document))).toEqual([]);
    });

    it('logging.v2 ListLogEntriesResponse is valid', async () => {
      const body = { resourceNames: ['projects/shop-prod'], filter: 'timestamp>="2000"', pageSize: 100 };
      const answer = await ask('/v2/entries:list', body);
      expect(complaintsOf(answer, 'ListLogEntriesResponse', documentOf('logging.v2'))).toEqual([]);
      expect((answer as { entries: unknown[] }).entries.length).toBeGreaterThan(4);
    });

    it('would not be valid with a field that the vendor does not have, or a number in place of a text', () => {
      const wrong = { items: { 'zones/a': { instances: [{ id: 7, nome: 'web', status: 'ON' }] } } };
      expect(complaintsOf(wrong, 'InstanceAggregatedList', documentOf('compute.v1'))).toEqual([
        'InstanceAggregatedList.items.zones/a.instances[0].id: number in place of string',
        'InstanceAggregatedList.items.zones/a.instances[0].nome: not in the schema',
        'InstanceAggregatedList.items.zones/a.instances[0].status: ON is not one of the words',
      ]);
    });
  },
);
