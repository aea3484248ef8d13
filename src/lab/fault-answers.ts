import type { FaultEffect } from './faults.ts';

export interface Answer {
  status: number;
  reason: string;
  body: string;
  contentType?: string;
}

/** An answer as a fault changes it. */
export function withEffect(answer: Answer, effect: FaultEffect): Answer {
  switch (effect.kind) {
    case 'status':
      return { status: effect.status, reason: effect.reason ?? 'Fault', body: effect.body ?? '' };
    case 'html':
      return { ...answer, body: '<html><body><h1>Bad gateway</h1></body></html>', contentType: 'text/html' };
    case 'empty-list':
      return { status: 200, reason: 'OK', body: '{"data":[]}' };
    case 'shorten':
      return { ...answer, body: shortened(answer.body, effect.keep) };
    case 'omit':
      return {
        ...answer,
        body: withList(answer.body, (list) => list.filter((entry) => !isAbout(entry, effect.entries))),
      };
    case 'body':
      return { ...answer, body: effect.body };
    default:
      return answer;
  }
}

function shortened(body: string, share: number): string {
  return withList(body, (list) => list.slice(0, Math.floor(list.length * share)));
}

function isAbout(entry: unknown, entries: RegExp): boolean {
  return JSON.stringify(entry).search(entries) >= 0;
}

function withList(body: string, change: (list: unknown[]) => unknown[]): string {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== 'object' || parsed === null || !('data' in parsed) || !Array.isArray(parsed.data)) return body;
  return JSON.stringify({ ...parsed, data: change(parsed.data) });
}
