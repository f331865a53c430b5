/** The schema as the catalogue has it: tables with columns, constraints and indexes, in one stable order. */
import type { Queryable } from '../../src/store/db.ts';

export async function describeSchema(db: Queryable): Promise<string> {
  const tables = await db.query<{ oid: number; name: string; key: string | null; options: string[] | null }>(
    `select oid, relname as name, pg_get_partkeydef(oid) as key, reloptions as options from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`,
  );
  const parts: string[] = ['-- Written by test/store/migrate.test.ts from the catalogue.'];
  for (const { oid, name, key, options } of tables) {
    const columns = await db.query<{ line: string }>(
      `select format('%I %s%s%s', attname, format_type(atttypid, atttypmod),
         case when attnotnull then ' not null' else '' end,
         coalesce(' default ' || pg_get_expr(adbin, adrelid), '')) as line
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attrelid = $1 and attnum > 0 and not attisdropped order by attnum`,
      [oid],
    );
    // PostgreSQL 18 lists NOT NULL as constraints too; older ones do not.
    const constraints = await db.query<{ line: string }>(
      `select format('constraint %I %s', conname, pg_get_constraintdef(oid)) as line
       from pg_constraint where conrelid = $1 and contype <> 'n' order by conname`,
      [oid],
    );
    const indexes = await db.query<{ line: string }>(
      `select pg_get_indexdef(indexrelid) || ';' as line from pg_index
       where indrelid = $1 and not exists (select from pg_constraint where conindid = indexrelid and conrelid = $1)
       order by indexrelid::regclass::text`,
      [oid],
    );
    const body = [...columns, ...constraints].map(({ line }) => `  ${line}`).join(',\n');
    const tail = `${key === null ? '' : ` partition by ${key}`}${options === null ? '' : ` with (${options.join(', ')})`}`;
    parts.push([`create table ${name} (\n${body}\n)${tail};`, ...indexes.map(({ line }) => line)].join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}
