// @ts-check
// The tables as the program copies them from one database to another, derived from the Prisma schema.

/** @type {Readonly<Record<string, string>>} */
const COLUMN_TYPES = {
  String: 'text',
  Int: 'int',
  BigInt: 'bigint',
  Float: 'float',
  Boolean: 'bool',
  DateTime: 'datetime',
  Json: 'json',
};

/**
 * @typedef {object} Table
 * @property {string} table
 * @property {Record<string, string>} columns types by name
 * @property {string[]} key the columns of the primary key
 */

/**
 * Every table of a schema, after those that its rows refer to.
 * @param {string} schema the one for PostgreSQL: it has the widths that both databases need
 * @returns {Table[]}
 */
export function deriveTables(schema) {
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => ({
    name,
    body,
  }));
  const names = new Set(models.map(({ name }) => name));
  /** @type {Map<string, { table: Table, parents: string[] }>} */
  const all = new Map(models.map(({ name, body }) => [name, toTable(name, body, names)]));
  /** @type {Table[]} */
  const ordered = [];
  /** @param {string} name */
  const add = (name) => {
    const model = all.get(name);
    if (model === undefined || ordered.includes(model.table)) return;
    for (const parent of model.parents) if (parent !== name) add(parent);
    ordered.push(model.table);
  };
  for (const name of names) add(name);
  return ordered;
}

/**
 * @param {string} name
 * @param {string} body
 * @param {ReadonlySet<string>} models
 */
function toTable(name, body, models) {
  /** @type {Table} */
  const table = { table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name, columns: {}, key: [] };
  /** @type {string[]} */
  const parents = [];
  for (const line of body.split('\n')) {
    const [, field = '', type = '', isList, rest = ''] = /^\s+(\w+)\s+(\w+)\??(\[\])?(.*)$/.exec(line) ?? [];
    if (field === '' || isList !== undefined) continue;
    if (models.has(type)) {
      if (rest.includes('@relation(')) parents.push(type);
      continue;
    }
    const column = COLUMN_TYPES[type];
    if (column === undefined) throw new Error(`${name}.${field}: a column of type ${type} cannot be copied yet`);
    if (/\s@map\(|autoincrement\(/.test(rest))
      throw new Error(`${name}.${field}: cannot be copied yet: ${rest.trim()}`);
    table.columns[field] = column;
    if (/\s@id\b/.test(rest)) table.key = [field];
  }
  const compound = /@@id\(\[([^\]]+)\]\)/.exec(body)?.[1];
  if (compound !== undefined) table.key = compound.split(',').map((part) => part.trim());
  if (table.key.length === 0) throw new Error(`${name} has no primary key`);
  return { table, parents };
}
