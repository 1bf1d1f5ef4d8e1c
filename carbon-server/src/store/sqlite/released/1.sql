create table account (
    account_key   integer primary key,
    account_id    text    not null unique,
    email         text    not null unique collate nocase,
    organisation  text    not null,
    password_hash text    not null,
    created_at_ms integer not null
) strict;
create table api_key (
    key_sha256    blob    not null primary key check (length(key_sha256) = 32),
    account_key   integer not null references account,
    kind          text    not null check (kind in ('live', 'test')),
    prefix        text    not null,
    created_at_ms integer not null,
    revoked_at_ms integer
) strict, without rowid;
create table tenant (
    tenant_key    integer primary key,
    account_key   integer not null references account,
    tenant_id     text    not null check (length(cast(tenant_id as blob)) between 1 and 128),
    created_at_ms integer not null,
    unique (account_key, tenant_id),
    unique (account_key, tenant_key)
) strict;
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
    tags                        text,
    check (cache_read_input_tokens + cache_creation_input_tokens <= input_tokens),
    unique (account_key, is_test, event_id),
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
create table report (
    report_id     text    not null primary key,
    account_key   integer not null references account,
    tenant_key    integer not null,
    month         text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    language      text    not null check (language in ('en', 'fr', 'de')),
    revision      integer not null check (revision >= 1),
    status        text    not null check (status in ('provisional', 'final')),
    basis_sha256  text    not null check (length(basis_sha256) = 64),
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
