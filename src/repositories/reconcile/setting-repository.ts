import type { Connection } from '../db/connection.ts';
import { dateParameter, placeholder, storableJson, storableText } from '../db/dialect.ts';
import type { Row } from '../db/row.ts';
import { isAnything } from '../db/stored-shape.ts';

export const SETTING_NAMES = ['account-rules', 'prices'] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

/** A version of a setting of the whole inventory. `document` is not trusted before the seal was checked. */
export interface StoredSetting {
  name: SettingName;
  /** From 1; the highest counts. */
  version: number;
  document: unknown;
  seal: string;
  setAt: Date;
  setBy: string;
}

const SELECT = 'SELECT "name", "version", "document", "seal", "setAt", "setBy" FROM "sealed_settings"';

/** Settings with every version of them: what was billed by an old one stays explainable. */
export class SettingRepository {
  readonly #connection: Pick<Connection, 'reader' | 'writer'>;

  constructor(connection: Pick<Connection, 'reader' | 'writer'>) {
    this.#connection = connection;
  }

  /** null: it was never set. */
  async newest(name: SettingName): Promise<StoredSetting | null> {
    const { reader } = this.#connection;
    const sql = `${SELECT} WHERE "name" = ${placeholder(reader.provider, 1)} ORDER BY "version" DESC LIMIT 1`;
    return reader.find({ sql, values: [name], noun: 'setting', key: ['name', 'version'] }, toSetting);
  }

  async get(name: SettingName, version: number): Promise<StoredSetting | null> {
    const { reader } = this.#connection;
    const [first, second] = [placeholder(reader.provider, 1), placeholder(reader.provider, 2)];
    const sql = `${SELECT} WHERE "name" = ${first} AND "version" = ${second}`;
    return reader.find({ sql, values: [name, version], noun: 'setting', key: ['name', 'version'] }, toSetting);
  }

  /** False if somebody has stored that version meanwhile. */
  async add({ name, version, document, seal, setAt, setBy }: StoredSetting): Promise<boolean> {
    const { writer } = this.#connection;
    const marks = [1, 2, 3, 4, 5, 6].map((index) => placeholder(writer.provider, index));
    const [first, second, third, ...rest] = marks;
    const json = writer.provider === 'postgresql' ? `${third}::jsonb` : third;
    const sql = `INSERT INTO "sealed_settings" ("name", "version", "document", "seal", "setAt", "setBy")
      VALUES (${[first, second, json, ...rest].join(', ')}) ON CONFLICT ("name", "version") DO NOTHING RETURNING "version"`;
    const at = dateParameter(writer.provider, setAt);
    const values = [name, version, storableJson(document), seal, at, storableText(setBy)];
    return (await writer.write({ sql, values, noun: 'setting', key: ['version'] }, () => true)).length > 0;
  }
}

function toSetting(row: Row): StoredSetting {
  return {
    name: row.word('name', SETTING_NAMES),
    version: row.number('version'),
    document: row.json('document', isAnything),
    seal: row.text('seal'),
    setAt: row.time('setAt'),
    setBy: row.text('setBy'),
  };
}
