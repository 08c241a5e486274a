import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The bytes of an SQLite file that nobody has open, with garbage where each of these tables or indexes begins. */
export function withDamage(file: string, ...tables: readonly string[]): Buffer {
  const database = new DatabaseSync(file);
  const where = database.prepare(
    'SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?',
  );
  const roots = tables.map((table) => where.get(table));
  database.close();
  const bytes = readFileSync(file);
  for (const { rootpage, page_size: size } of roots.map((root) => root ?? {})) {
    const end = Number(rootpage) * Number(size);
    bytes.fill('no such format', end - Number(size), end);
  }
  return bytes;
}
