import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { makeCertificate, type TestCertificate } from '../helpers/certificate.ts';

export interface Reply {
  status: number;
  headers: Record<string, string | string[]>;
  body: string;
  /** Bytes after which the connection breaks. */
  cutAfter?: number;
  /** The connection is closed in place of an answer. */
  isHungUp?: boolean;
}

export interface ProxiedCall {
  method: string;
  /** The request as it was sent. */
  body: string;
  cookie: string | undefined;
  /** How often the method was called, with this one. */
  count: number;
  /** Asks vcsim. */
  forward: () => Promise<Reply>;
}

export type Rule = (call: ProxiedCall) => Promise<Reply>;

/** A server in front of vcsim that fails where it is told to, and counts. */
export interface FaultyProxy {
  url: string;
  certificate: TestCertificate;
  /** Methods in the order that they came. */
  calls: string[];
  bodies: string[];
  /** Connections so far. */
  connections: () => number;
  on: (method: string, rule: Rule) => void;
  rule: (method: string) => Rule | undefined;
  /** From now on calls are forwarded there. */
  leadTo: (target: string) => void;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Closed after the test. */
export async function openProxy(target: string, certificate?: TestCertificate): Promise<FaultyProxy> {
  const own = certificate ?? (await makeCertificate());
  let leadsTo = target;
  const rules = new Map<string, Rule>();
  const calls: string[] = [];
  const bodies: string[] = [];
  const server = createServer({ key: own.key, cert: own.pem }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const method = /<(?:\w+:)?Body><(\w+)/.exec(body)?.[1] ?? '';
      calls.push(method);
      bodies.push(body);
      const { cookie } = incoming.headers;
      const call = { method, body, cookie, count: calls.filter((one) => one === method).length };
      const rule = rules.get(method) ?? (({ forward }: ProxiedCall) => forward());
      void rule({ ...call, forward: () => send(leadsTo, body, cookie) }).then((reply) => {
        if (reply.isHungUp) return void incoming.socket.destroy();
        const bytes = Buffer.from(reply.body);
        outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': bytes.length });
        if (reply.cutAfter === undefined) outgoing.end(bytes);
        else outgoing.write(bytes.subarray(0, reply.cutAfter), () => outgoing.destroy());
      });
    });
  });
  let connections = 0;
  server.on('secureConnection', () => {
    connections += 1;
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const on = (method: string, rule: Rule): void => void rules.set(method, rule);
  return {
    url: `https://127.0.0.1:${port}`,
    certificate: own,
    calls,
    bodies,
    connections: () => connections,
    on,
    rule: (method) => rules.get(method),
    leadTo: (other) => {
      leadsTo = other;
    },
  };
}

function send(target: string, body: string, cookie: string | undefined): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/xml', ...(cookie !== undefined && { cookie }) };
    const outgoing = request(target, { method: 'POST', headers, rejectUnauthorized: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { 'set-cookie': set } = incoming.headers;
        const headers = { 'content-type': 'text/xml', ...(set !== undefined && { 'set-cookie': set }) };
        resolve({ status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const SOAP =
  'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** As vCenter writes it. */
export function faultReply(fault: string, message: string, detail = ''): Reply {
  const body =
    `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope ${SOAP}><soapenv:Body><soapenv:Fault>` +
    `<faultcode>ServerFaultCode</faultcode><faultstring>${message}</faultstring><detail>` +
    `<${fault}Fault xmlns="urn:vim25" xsi:type="${fault}">${detail}</${fault}Fault>` +
    '</detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>';
  return { status: 500, headers: { 'content-type': 'text/xml' }, body };
}

export function reply(method: string, inside: string): Reply {
  const body =
    `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope ${SOAP}><soapenv:Body>` +
    `<${method}Response xmlns="urn:vim25">${inside}</${method}Response></soapenv:Body></soapenv:Envelope>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

const OBJECTS = /<objects>.*?<\/objects>/gs;

/** Serves walks in pages, as vCenter does and this vcsim does not. `most`: objects of a page, whatever is asked for. */
export function paged(proxy: FaultyProxy, { most = Number.POSITIVE_INFINITY } = {}): { pages: () => number } {
  let rest: string[] = [];
  let size = 0;
  let served = 0;
  let token = 0;
  const page = (method: string): Reply => {
    served += 1;
    const objects = rest.splice(0, size).join('');
    token += 1;
    const more = rest.length > 0 ? `<token>${token}</token>` : '';
    return reply(method, `<returnval>${more}${objects}</returnval>`);
  };
  proxy.on('RetrievePropertiesEx', async ({ body, forward }) => {
    const answer = await forward();
    const asked = /<maxObjects>(\d+)</.exec(body)?.[1];
    if (asked === undefined) return answer;
    size = Math.min(most, Number(asked));
    rest = answer.body.match(OBJECTS) ?? [];
    return page('RetrievePropertiesEx');
  });
  proxy.on('ContinueRetrievePropertiesEx', async ({ body }) => {
    if (/<token>(\d+)</.exec(body)?.[1] !== String(token))
      return faultReply('InvalidArgument', 'A specified parameter was not correct: token');
    return page('ContinueRetrievePropertiesEx');
  });
  return { pages: () => served };
}
