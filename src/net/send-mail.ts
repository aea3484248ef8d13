import dns from 'node:dns';
import { connect, isIP, type Socket } from 'node:net';
import { AppError } from '../types/errors.ts';
import { isPublicAddress } from './public-address.ts';

export interface MailServer {
  host: string;
  port: number;
  /** `starttls`: a server that does not offer it gets nothing. */
  security: 'tls' | 'starttls' | 'none';
  /** PEM; in place of the system's authorities. */
  ca?: string | undefined;
  login?: { user: string; password: string } | undefined;
  isPrivateAllowed: boolean;
}

export interface OutgoingMail {
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  messageId: string;
}

const PHASE_MS = 10_000;

/**
 * Hands one mail to a server. Its certificate is verified, and the address is checked after the name was looked up. Throws
 * AppError: 'parameter' for what the server refuses for good.
 */
export async function sendMail(server: MailServer, mail: OutgoingMail, timeoutMs: number): Promise<void> {
  const { host, port, security, login } = server;
  const { createTransport } = await import('nodemailer');
  const socket = await openSocket(server, Math.min(timeoutMs, PHASE_MS));
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(login && { auth: { user: login.user, pass: login.password } }),
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(server.ca !== undefined && { ca: server.ca }) },
    getSocket: (_options: unknown, callback: (error: Error | null, options: { connection: Socket }) => void) =>
      callback(null, { connection: socket }),
    greetingTimeout: Math.min(timeoutMs, PHASE_MS),
    socketTimeout: Math.min(timeoutMs, PHASE_MS),
    maxResponseSize: 64 * 1024,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const timer = setTimeout(() => socket.destroy(new Error('timeout')), timeoutMs);
  try {
    await transport.sendMail({
      from: mail.from,
      to: [...mail.to],
      subject: mail.subject,
      text: mail.text,
      messageId: mail.messageId,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  } catch (error) {
    throw explain(`${host}:${port}`, error);
  } finally {
    clearTimeout(timer);
    transport.close();
    socket.destroy();
  }
}

async function openSocket({ host, port, isPrivateAllowed }: MailServer, timeoutMs: number): Promise<Socket> {
  const address = isIP(host) === 0 ? await lookUp(host, port) : host;
  if (!isPrivateAllowed && !isPublicAddress(address)) {
    throw new AppError('configuration', `${host}:${port} is refused: ${address} is no public address`, {
      hint: 'add the notifier again with --allow-private if that is your own mail server',
    });
  }
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    const fail = (detail: string) => {
      socket.destroy();
      reject(new AppError('unreachable', `${host}:${port}: ${detail}`, { retryable: true }));
    };
    const timer = setTimeout(() => fail('no connection in time'), timeoutMs);
    const onError = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(error.code ?? error.message);
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      // Until the mail library listens.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

async function lookUp(host: string, port: number): Promise<string> {
  try {
    return (await dns.promises.lookup(host)).address;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown name';
    throw new AppError('unreachable', `${host}:${port}: ${code}`, { retryable: true });
  }
}

function explain(where: string, error: unknown): AppError {
  const facts = new Map(typeof error === 'object' && error !== null ? Object.entries(error) : []);
  const [code, status] = [facts.get('code'), Number(facts.get('responseCode'))];
  const message = error instanceof Error ? error.message : String(error);
  const isRefused = status >= 500 && code !== 'EAUTH' && code !== 'ETLS';
  return new AppError(isRefused ? 'parameter' : 'unreachable', `${where}: ${message}`, { retryable: !isRefused });
}
