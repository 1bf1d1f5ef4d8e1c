//! What a database consists of: tables, columns, constraints, indexes, triggers, functions and rules, compared with those that
//! this program makes: in a schema of its own that is never committed.

use crate::store::{
    error::StoreError,
    postgres::{
        books::{BookPlace, current_schema},
        partition,
        script::run_each,
    },
    schema::{SchemaObjects, other_schema},
    sql::{self, PostgresConnection},
};
use carbon_report::Month;

/// The objects of a schema, by name. Partitions are taken together, behind the table that they are of: each must be as the others
/// are. What an extension brought is its own, and what `moving` says is said before.
const OBJECTS: &str = r"
with own as (
    select oid, relkind, relname, relispartition as is_part,
           case when relispartition and relname ~ '^event_[0-9]{4}_[0-9]{2}$' then 'partitions of event' else relname end as name,
           concat_ws(' ', relkind, relpersistence, relrowsecurity, relforcerowsecurity, reloptions) as definition
      from pg_class
     where relnamespace = ?1::text::regnamespace and relkind not in ('i', 'I', 'S', 't')
       and relname <> all (?2::text[])
       and oid not in (select objid from pg_depend where classid = 'pg_class'::regclass and deptype = 'e')
)
select 'table ' || name as object, definition from own
union
select 'column ' || name || '.' || attname,
       concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
                 case when attcollation <> typcollation then attcollation::regcollation::text end,
                 pg_get_expr(adbin, adrelid))
  from own join pg_attribute on attrelid = own.oid and attnum > 0 and not attisdropped
           join pg_type on pg_type.oid = atttypid
           left join pg_attrdef on adrelid = attrelid and adnum = attnum
union
select 'constraint on ' || name || ': ' || pg_get_constraintdef(pg_constraint.oid), convalidated::text
  from own join pg_constraint on conrelid = own.oid
union
select 'index on ' || own.name || ': ' || case when is_part then '' else pg_class.relname || ' ' end
       || regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', ''),
       concat_ws(' ', indisunique, indisvalid, indisready)
  from own join pg_index on indrelid = own.oid join pg_class on pg_class.oid = indexrelid
union
select 'trigger ' || tgname || ' on ' || name,
       concat_ws(' ', tgenabled, tgtype, encode(tgargs, 'hex'), pg_get_expr(tgqual, tgrelid), tgattr, tgfoid::regproc)
  from own join pg_trigger on tgrelid = own.oid
 where not tgisinternal or tgenabled <> 'O'
union
select 'rule ' || rulename || ' on ' || name, pg_get_ruledef(pg_rewrite.oid)
  from own join pg_rewrite on ev_class = own.oid
union
select 'policy ' || polname || ' on ' || name, polcmd::text
  from own join pg_policy on polrelid = own.oid
union
select 'table ' || inhrelid::regclass || ', which inherits from ' || name, ''
  from own join pg_inherits on inhparent = own.oid join pg_class on pg_class.oid = inhrelid
 where relnamespace <> ?1::text::regnamespace
union
select 'function ' || proname || '(' || pg_get_function_identity_arguments(oid) || ')',
       concat_ws(' ', prosrc, prosecdef, proconfig, provolatile, prorettype::regtype)
  from pg_proc
 where pronamespace = ?1::text::regnamespace
   and oid not in (select objid from pg_depend where classid = 'pg_proc'::regclass and deptype = 'e')
 order by 1, 2";

/// Made, looked at, and never committed: a directory, and a book beside it.
const COMPARED: &str = "carbon_compared";
const COMPARED_BOOK: &str = "carbon_compared_book";

/// An error where a database consists of anything else than what these make: the directory, and each of the books. Needs the
/// right to create a schema.
pub(super) fn check_catalog(
    server: &PostgresConnection,
    directory: &str,
    book: &str,
    books: &[BookPlace],
) -> Result<(), StoreError> {
    server.execute_batch("begin")?;
    let compared = compare(server, directory, book, books);
    if !server.is_broken() {
        server.execute_batch("rollback")?;
    }
    compared
}

fn compare(
    server: &PostgresConnection,
    directory: &str,
    book: &str,
    books: &[BookPlace],
) -> Result<(), StoreError> {
    let current = current_schema(server)?;
    let find_in = |schemas: &str| server.execute_batch(&format!("set local search_path = {schemas}"));
    let found = objects(server, &current, &[])?;
    // Not books of Citus, if that is there.
    server.execute_batch("set local citus.enable_schema_based_sharding = off")?;
    let make = |schema: &str, behind: &str, sql: &str| {
        server.execute_batch(&format!("create schema {schema}"))?;
        find_in(&format!("{schema}{behind}"))?;
        run_each(server, sql)
    };
    make(COMPARED, "", directory)?;
    let made = objects(server, COMPARED, &[])?;
    other_schema(&found, &made)?;
    // The tables of a book refer to those of the directory.
    make(COMPARED_BOOK, &format!(", {COMPARED}"), book)?;
    let without_months = objects(server, COMPARED_BOOK, &[])?;
    partition::make(server, Month::new(2026, 1))?;
    let with_months = objects(server, COMPARED_BOOK, &[])?;
    for place in books {
        find_in(&place.schemas())?;
        let pruned = "select month from pruned_month order by month";
        let pruned = server.query_native(pruned, &[])?;
        let pruned: Vec<Month> = pruned.iter().filter_map(|row| row.get::<_, &str>(0).parse().ok()).collect();
        let found = objects(server, &place.schema, &pruned)?;
        // Where there are partitions, one stands for all.
        let has_months = found.contains_key("table partitions of event");
        other_schema(&found, if has_months { &with_months } else { &without_months })?;
    }
    Ok(())
}

/// Those of a schema, but for the partitions of these months, which may be on their way out.
fn objects(server: &PostgresConnection, namespace: &str, pruned: &[Month]) -> sql::Result<SchemaObjects> {
    let mut objects = SchemaObjects::new();
    let pruned: Vec<String> = pruned.iter().map(|month| partition::name(*month)).collect();
    for row in server.query_native(OBJECTS, &[&namespace, &pruned])? {
        let (name, definition): (String, String) = (row.get(0), row.get(1));
        // Partitions that differ are one object with several definitions.
        let known = objects.entry(name).or_default();
        known.push_str(&definition);
        known.push('\n');
    }
    Ok(objects)
}
