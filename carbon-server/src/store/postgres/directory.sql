-- What the books of a ledger on PostgreSQL (15 or later) share: who signs up, keys, prices, factor sets, and the books
-- themselves, schema version 1. schema.sql makes each book. Tables and columns are those of store/sqlite/schema.sql, which
-- documents them; comments here are about what differs.

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% are immutable', tg_argv[0] using errcode = 'integrity_constraint_violation';
end $$;

create table ledger (
    ledger_key  bigint primary key check (ledger_key = 1),
    link_secret bytea  not null check (octet_length(link_secret) = 32)
);

-- The version of the schema, and the oldest version whose servers can work with it: servers that share a database are
-- upgraded one after the other.
create table schema_version (
    version     bigint not null,
    usable_from bigint not null
);

-- A book is a chain with its own turn and its own tables, in a schema of its own. An account belongs to one: its number, and
-- every number that its book gives (but those of events and seals), is (book_number - 1) * 2^40 + n. Sign-ups are spread over
-- the books that a ledger is made with, which come first. Each of the others is made for one account.
create table book (
    book_number bigint  primary key check (book_number between 1 and 4096),
    schema_name text    collate "C" not null unique,
    is_shared   boolean not null,
    node        text    collate "C"                          -- host:port of the server that has it; null: that of the ledger
);

create table account (
    account_key   bigint primary key,                           -- the next of its book, given in the book's turn
    account_id    text   collate "C" not null unique,
    email         text   collate "C" not null,
    organisation  text   not null,
    password_hash text   not null,
    created_at_ms bigint not null
);

-- Case-insensitive for ASCII, like SQLite's lower().
create unique index account_by_email on account (lower(email));

create table api_key (
    key_sha256      bytea  not null primary key check (octet_length(key_sha256) = 32),
    key_id          text   collate "C" not null unique,
    account_key     bigint not null references account,
    kind            text   not null check (kind in ('live', 'test', 'read')),
    label           text   not null check (octet_length(label) <= 100),
    prefix          text   not null,
    created_at_ms   bigint not null,
    last_used_at_ms bigint,
    revoked_at_ms   bigint
);

create index api_key_of_account on api_key (account_key, created_at_ms);

create table session (
    session_sha256  bytea  not null primary key check (octet_length(session_sha256) = 32),
    session_id      text   collate "C" not null unique,
    account_key     bigint not null references account,
    begun_from      text   not null,
    created_at_ms   bigint not null,
    last_used_at_ms bigint,
    expires_at_ms   bigint not null
);

create index session_of_account on session (account_key, created_at_ms);

-- The one change to a report: its PDF goes when its tenant is erased.
create function refuse_report_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or new.pdf is not null or to_jsonb(new) - 'pdf' is distinct from to_jsonb(old) - 'pdf' then
        raise exception 'issued reports are immutable' using errcode = 'integrity_constraint_violation';
    end if;
    -- On Citus this runs in a shard, which sees no other table: check finds what went without cause.
    if tg_table_name = 'report' then
        if not exists (select 1 from tenant
                        where account_key = old.account_key and tenant_key = old.tenant_key and erased_at_ms is not null) then
            raise exception 'issued reports are immutable' using errcode = 'integrity_constraint_violation';
        end if;
    end if;
    return new;
end $$;

create table price_list (
    price_list_key bigint primary key,
    noted_at_ms    bigint not null,
    currency       text   not null check (length(currency) = 3),
    free_events    bigint not null check (free_events >= 0),
    per_event      text   not null,
    per_report     text   not null,
    per_dashboard  text   not null
);

create trigger price_list_is_never_changed before update or delete on price_list
for each row execute function refuse_change('price lists');

create table factor_set (
    factor_set_key bigint primary key,
    version        text   collate "C" not null unique check (octet_length(version) between 1 and 40),
    sha256         text   not null check (length(sha256) = 64),
    archive        bytea  not null,
    signature      bytea,
    certificate    text,
    added_at_ms    bigint not null,
    check ((signature is null) = (certificate is null))
);

create trigger factor_set_is_never_changed before update or delete on factor_set
for each row execute function refuse_change('factor sets');

-- The one change to such a row: it is taken back.
create function refuse_all_but_withdrawal() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.withdrawn_at_ms is not null or new.withdrawn_at_ms is null
       or to_jsonb(new) - 'withdrawn_at_ms' is distinct from to_jsonb(old) - 'withdrawn_at_ms' then
        raise exception '% are immutable', tg_argv[0] using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;

create table seal_log (
    seal_log_key  bigint primary key,
    book_number   bigint not null references book,
    last_seal_key bigint not null check (last_seal_key >= 1),
    unique (book_number, last_seal_key)
);

create trigger seal_log_is_never_changed before update or delete on seal_log
for each row execute function refuse_change('rows of the log of seals');
