import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { makeCertificate } from '../../helpers/certificate.ts';
import { type AskedComputer, evaluate } from './bigfix-relevance.ts';

export interface LabComputer {
  id: number;
  name: string;
  os: string;
  memory: number;
  addresses: string[];
  macs: string[];
  uuid: string;
  /** Since when it is off, epoch milliseconds; null: it reports. */
  silentSince: number | null;
  /** Whether an operator who is not master sees it. */
  isAssigned: boolean;
}

interface Answer {
  status: number;
  text: string;
  type?: string;
}

/** What spoils an answer: gets its path and text; null for what stays as it is. */
export type Spoil = (path: string, text: string) => SpoiltAnswer | null;
export interface SpoiltAnswer {
  status?: number;
  text: string;
  /** The connection ends in the middle. */
  isCut?: boolean;
  delayMs?: number;
}

/** A client reports every minute in the lab. */
const REPORTS_EVERY_MS = 60_000;

/** A BigFix server: its answers in XML are valid by the vendor's schema (BESAPI.xsd), which a test checks. */
export class BigfixServer {
  readonly user = 'rollcall';
  readonly password = `pw-${randomUUID()}`;
  /** Of a setting of every client, which its properties repeat. */
  readonly settingSecret = `proxy-${randomUUID()}`;
  readonly secrets = [this.password, this.settingSecret, Buffer.from(`rollcall:${this.password}`).toString('base64')];
  readonly host = 'bigfix.example.com';
  serial = '152178487';
  isMaster = true;
  /** Whether an operator who is not master may read of operators. */
  tellsOperators = true;
  /** What answers queries has this state of the computers; null: the present one. */
  copy: readonly AskedComputer[] | null = null;
  readonly computers = new Map<number, LabComputer>();
  readonly queries: string[] = [];
  spoil: Spoil = () => null;
  url = '';
  fingerprint = '';
  readonly #clock: () => Date;
  #lastId = 10_000_000;
  #server: Server | null = null;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  async start(): Promise<void> {
    const { key, pem, fingerprint } = await makeCertificate({ host: 'localhost' });
    this.fingerprint = fingerprint;
    const server = createServer({ key, cert: pem }, (request, response) => {
      void this.#respond(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const told = this.#answer(request, await bodyOf(request));
    const spoilt = this.spoil(request.url ?? '', told.text);
    const { status = told.status, text, isCut = false, delayMs = 0 }: SpoiltAnswer = spoilt ?? told;
    setTimeout(() => {
      response.writeHead(status, {
        'content-type': told.type ?? 'application/xml',
        date: this.#clock().toUTCString(),
        'content-length': Buffer.byteLength(text),
      });
      if (!isCut) response.end(text);
      else response.write(text.slice(0, text.length / 2), () => response.destroy());
    }, delayMs);
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
  }

  create(name: string, given: Partial<LabComputer> = {}): LabComputer {
    const id = (this.#lastId += 1 + (this.#lastId % 7));
    const index = this.computers.size + 1;
    const mac = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join('-');
    const computer: LabComputer = {
      id,
      name,
      os: 'Linux Debian 12 (6.1.0-28-amd64)',
      memory: 2048,
      addresses: [`192.0.2.${index}`],
      macs: [`00-16-3e-${mac}`],
      uuid: randomUUID().toUpperCase(),
      silentSince: null,
      isAssigned: true,
      ...given,
    };
    this.computers.set(id, computer);
    return computer;
  }

  find(id: string): LabComputer {
    const found = this.computers.get(Number(id));
    if (found === undefined) throw new Error(`there is no computer ${id}`);
    return found;
  }

  /** What whatever answers queries knows at this moment. */
  asked(): AskedComputer[] {
    return this.#visible().map((computer) => this.#asked(computer));
  }

  #visible(): LabComputer[] {
    return [...this.computers.values()].filter(({ isAssigned }) => this.isMaster || isAssigned);
  }

  #answer({ url = '', method, headers }: IncomingMessage, body: string): Answer {
    const path = new URL(url, 'https://localhost').pathname;
    if (method === 'GET' && path === '/masthead/masthead.afxm') return this.#masthead();
    const basic = Buffer.from(`${this.user}:${this.password}`).toString('base64');
    if (headers.authorization !== `Basic ${basic}`) return plain(401, 'Unauthorized');
    const [, id] = /^\/api\/computer\/(\d+)$/.exec(path) ?? [];
    if (method === 'GET' && path === '/api/login') return plain(200, 'ok');
    if (method === 'GET' && path === '/api/computers') return besapi(this.#visible().map((one) => this.#listed(one)));
    if (method === 'GET' && id !== undefined) {
      const found = this.#visible().find((one) => one.id === Number(id));
      return found ? besapi([this.#whole(found)]) : plain(404, 'Computer does not exist');
    }
    if (method === 'GET' && path === `/api/operator/${this.user}`) return this.#operator();
    const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
    if (method === 'POST' && path === '/api/query' && isForm) return this.#query(new URLSearchParams(body));
    return plain(404, 'The requested resource does not exist');
  }

  #masthead(): Answer {
    const lines = [
      'MIME-Version: 1.0',
      'Content-Type: multipart/related; boundary = "xyz";',
      'X-Fixlet-Site-Masthead-Version: 2',
      'X-Fixlet-Site-Name: actionsite',
      `X-Fixlet-Site-Gather-URL: http://${this.host}:52311/cgi-bin/bfgather.exe/actionsite`,
      `X-Fixlet-Site-Serial-Number: ${this.serial}`,
      'X-Fixlet-Site-Update-Frequency: Day',
      '',
      '--xyz',
      'Content-ID: Operator-List',
    ];
    return { status: 200, text: lines.map((line) => `${line}\r\n`).join(''), type: 'application/x-fixlet-masthead' };
  }

  #operator(): Answer {
    if (!this.isMaster && !this.tellsOperators) return plain(403, 'Forbidden');
    return besapi([
      `<Operator Resource="${this.url}/api/operator/${this.user}"><Name>${this.user}</Name>` +
        '<LastLoginTime>Thu, 01 Jan 2026 08:00:00 +0000</LastLoginTime>' +
        `<MasterOperator>${this.isMaster}</MasterOperator><CustomContent>true</CustomContent>` +
        '<ShowOtherActions>true</ShowOtherActions><LoginPermission>Unrestricted</LoginPermission>' +
        '<UnmanagedAssetPrivilege>ShowAll</UnmanagedAssetPrivilege></Operator>',
    ]);
  }

  #query(form: URLSearchParams): Answer {
    const relevance = form.get('relevance') ?? '';
    this.queries.push(relevance);
    try {
      const result = evaluate(relevance, this.copy ?? this.asked());
      const answer = { result, count: result.length, plural: true, type: '( string, … )', evaltime_ms: 1.347 };
      return { status: 200, text: JSON.stringify(answer), type: 'application/json' };
    } catch (error) {
      return { status: 200, text: JSON.stringify({ error: String(error) }), type: 'application/json' };
    }
  }

  #reportedAtMs({ silentSince }: LabComputer): number {
    return silentSince ?? Math.floor(this.#clock().getTime() / REPORTS_EVERY_MS) * REPORTS_EVERY_MS;
  }

  #listed(computer: LabComputer): string {
    const time = new Date(this.#reportedAtMs(computer)).toUTCString().replace('GMT', '+0000');
    const { id } = computer;
    return `<Computer Resource="${this.url}/api/computer/${id}"><LastReportTime>${time}</LastReportTime><ID>${id}</ID></Computer>`;
  }

  #whole(computer: LabComputer): string {
    const { inspectors, properties } = this.#asked(computer);
    const all = { 'Computer Name': [inspectors['name'] ?? ''], OS: [computer.os], ...properties };
    const elements = Object.entries(all).flatMap(([name, values]) =>
      values.map((value) => `<Property Name="${name}">${escaped(value)}</Property>`),
    );
    const setting = `<Setting><Name>_Enterprise Server_ProxyPass</Name><Value>${this.settingSecret}</Value></Setting>`;
    return `<Computer Resource="${this.url}/api/computer/${computer.id}">${elements.join('')}${setting}</Computer>`;
  }

  #asked(computer: LabComputer): AskedComputer {
    const { id, name, os, memory, addresses, macs, uuid } = computer;
    return {
      inspectors: {
        id: String(id),
        name,
        'operating system': os,
        cpu: '2400 MHz Xeon Gold 6148',
        hostname: `${name}.example.com`,
        'agent version': '11.0.3.82',
      },
      properties: {
        'Computer Type': ['Virtual', 'Server'],
        RAM: [`${memory} MB`],
        'IP Address': addresses,
        'IPv6 Address': [],
        'MAC Addresses - Unix': macs,
        UUID: [uuid],
        'Client Settings': [`_Enterprise Server_ProxyPass=${this.settingSecret}`],
      },
      reportedAtMs: this.#reportedAtMs(computer),
    };
  }
}

function plain(status: number, text: string): Answer {
  return { status, text, type: 'text/plain' };
}

function besapi(resources: readonly string[]): Answer {
  const schema = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="BESAPI.xsd"';
  return {
    status: 200,
    text: `<?xml version="1.0" encoding="UTF-8"?>\n<BESAPI ${schema}>\n${resources.join('\n')}\n</BESAPI>\n`,
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
