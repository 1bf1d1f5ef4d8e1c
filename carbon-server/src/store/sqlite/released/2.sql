-- The ledger, schema version 2.
--
-- Activity data only: who called which model when, and how many tokens of each class.
-- No grams are stored anywhere but inside issued reports. SQL sums integers; carbon-core multiplies.
--
-- Conventions
--   *_key     internal integer, never shown to a client
--   *_id      the public name of the same thing
--   *_at_ms   milliseconds since 1970-01-01T00:00:00Z
--   day       days since 1970-01-01, UTC
--   is_test   1 for what came with a test key: kept apart everywhere, never billed, never in a report
-- Every table below account carries account_key, and keys of one account cannot name rows of another.

-- An account is a software vendor (ISV).
create table account (
    account_key   integer primary key,
    account_id    text    not null unique,                   -- UUID
    email         text    not null unique collate nocase,
    organisation  text    not null,                          -- the supplier's name on reports
    password_hash text    not null,                          -- argon2id, PHC string
    created_at_ms integer not null
) strict;

-- An API key is shown once, when it is made; only its hash is kept.
create table api_key (
    key_sha256    blob    not null primary key check (length(key_sha256) = 32),
    account_key   integer not null references account,
    kind          text    not null check (kind in ('live', 'test')),
    prefix        text    not null,                          -- first characters, to tell keys apart in a list
    created_at_ms integer not null,
    revoked_at_ms integer
) strict, without rowid;

-- A tenant is a client of the account, known from its first event on.
create table tenant (
    tenant_key    integer primary key,
    account_key   integer not null references account,
    tenant_id     text    not null check (length(cast(tenant_id as blob)) between 1 and 128),
    created_at_ms integer not null,
    unique (account_key, tenant_id),
    unique (account_key, tenant_key)                         -- to be referred to with its account
) strict;

-- A deployment is a model as the vendor names it, at a provider, in a region; '' where not said.
-- The name is kept as it was sent: a later factor set may know what this one does not.
create table deployment (
    deployment_key integer primary key,
    account_key    integer not null references account,
    model          text    not null check (length(cast(model as blob)) between 1 and 256),
    provider       text    not null,
    region         text    not null,
    unique (account_key, model, provider, region),
    unique (account_key, deployment_key)
) strict;

create trigger deployment_is_never_changed before update on deployment
begin
    select raise(abort, 'what events say is immutable');
end;

-- An event is one LLM call. Rows are added and never changed; event_key is the order of arrival.
-- An event is late or backdated where occurred_at_ms differs from received_at_ms;
-- they are equal where the sender gave no time.
create table event (
    event_key                   integer primary key,
    account_key                 integer not null references account,
    is_test                     integer not null check (is_test in (0, 1)),
    event_id                    text    not null check (length(cast(event_id as blob)) between 1 and 128),
    tenant_key                  integer not null,
    deployment_key              integer not null,
    occurred_at_ms              integer not null,
    received_at_ms              integer not null,
    input_tokens                integer not null check (input_tokens >= 0),
    cache_read_input_tokens     integer not null check (cache_read_input_tokens >= 0),
    cache_creation_input_tokens integer not null check (cache_creation_input_tokens >= 0),
    output_tokens               integer not null check (output_tokens >= 0),
    reasoning_output_tokens     integer not null check (reasoning_output_tokens between 0 and output_tokens),
    tags                        text,                        -- JSON object of strings, keys sorted; null where none
    check (cache_read_input_tokens + cache_creation_input_tokens <= input_tokens),
    unique (account_key, is_test, event_id),                 -- idempotency
    foreign key (account_key, tenant_key)     references tenant (account_key, tenant_key),
    foreign key (account_key, deployment_key) references deployment (account_key, deployment_key)
) strict;

create trigger event_is_never_changed before update on event
begin
    select raise(abort, 'events are immutable');
end;

create trigger event_is_never_deleted before delete on event
begin
    select raise(abort, 'events are immutable');
end;

-- A batch that was sent with an Idempotency-Key: the same key with other content is refused.
create table batch (
    account_key    integer not null references account,
    is_test        integer not null check (is_test in (0, 1)),
    batch_id       text    not null check (length(cast(batch_id as blob)) between 1 and 128),
    content_sha256 blob    not null check (length(content_sha256) = 32),  -- of the body, decompressed
    received_at_ms integer not null,
    primary key (account_key, is_test, batch_id)
) strict, without rowid;

-- Sums of events by day, kept in the transaction that adds the events: reports and queries read these.
create table daily_usage (
    account_key                 integer not null references account,
    is_test                     integer not null check (is_test in (0, 1)),
    tenant_key                  integer not null,
    day                         integer not null,
    deployment_key              integer not null,
    requests                    integer not null check (requests >= 0),
    input_tokens                integer not null check (input_tokens >= 0),
    cache_read_input_tokens     integer not null check (cache_read_input_tokens >= 0),
    cache_creation_input_tokens integer not null check (cache_creation_input_tokens >= 0),
    output_tokens               integer not null check (output_tokens >= 0),
    reasoning_output_tokens     integer not null check (reasoning_output_tokens >= 0),
    primary key (account_key, is_test, tenant_key, day, deployment_key),
    foreign key (account_key, tenant_key)     references tenant (account_key, tenant_key),
    foreign key (account_key, deployment_key) references deployment (account_key, deployment_key)
) strict, without rowid;

-- A report that was issued: its bytes are kept, so that a download is the same for ever.
create table report (
    report_id     text    not null primary key,              -- UUID
    account_key   integer not null references account,
    tenant_key    integer not null,
    month         text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    language      text    not null check (language in ('en', 'fr', 'de')),
    revision      integer not null check (revision >= 1),
    status        text    not null check (status in ('provisional', 'final')),
    basis_sha256  text    not null check (length(basis_sha256) = 64),  -- of all that decides what the report says
    pdf_sha256    text    not null check (length(pdf_sha256) = 64),
    pdf           blob    not null,
    created_at_ms integer not null,
    unique (account_key, tenant_key, month, language, revision),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

create trigger report_is_never_changed before update on report
begin
    select raise(abort, 'issued reports are immutable');
end;

create trigger report_is_never_deleted before delete on report
begin
    select raise(abort, 'issued reports are immutable');
end;
