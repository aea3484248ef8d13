/** So much of OpenAPI 3.1 as the page shows. */
export interface OpenApi {
  info: { title: string; version: string; description?: string };
  paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
}

interface ApiOperation {
  tags?: readonly string[];
  summary?: string;
  description?: string;
  parameters?: readonly { name: string; in: string; required?: boolean; description?: string; schema?: unknown }[];
  requestBody?: { content?: Readonly<Record<string, { schema?: unknown; example?: unknown }>> };
  responses?: Readonly<
    Record<string, { description?: string; content?: Readonly<Record<string, { schema?: unknown }>> }>
  >;
}

export interface ListedOperation {
  id: string;
  method: string;
  path: string;
  operation: ApiOperation;
}

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];

/** By tag, in the order of the document. */
export function operationsByTag(document: OpenApi): [tag: string, operations: ListedOperation[]][] {
  const tags = new Map<string, ListedOperation[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (operation === undefined) continue;
      const tag = operation.tags?.[0] ?? 'other';
      const listed = { id: `${method} ${path}`, method: method.toUpperCase(), path, operation };
      tags.set(tag, [...(tags.get(tag) ?? []), listed]);
    }
  }
  return [...tags];
}
