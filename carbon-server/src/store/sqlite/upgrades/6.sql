-- From schema version 6 to 7: companies by number, and who may fetch footprints by PACT.
-- What other tables refer to is made anew under its own name: they go on referring to that.

pragma legacy_alter_table = on;

alter table tenant rename to old_tenant;
create table tenant (
    tenant_key          integer primary key,
    account_key         integer not null references account,
    is_test             integer not null check (is_test in (0, 1)),
    tenant_id           text    check (length(cast(tenant_id as blob)) between 1 and 128),
    salt                blob    check (length(salt) = 16),
    commitment          blob    not null check (length(commitment) = 32),
    created_at_ms       integer not null,
    name                text    check (length(cast(name as blob)) between 1 and 200),
    legal_name          text    check (length(cast(legal_name as blob)) between 1 and 200),
    language            text    check (language in ('en', 'fr', 'de')),
    region              text    check (length(cast(region as blob)) between 1 and 64),
    carbon_budget_grams integer check (carbon_budget_grams > 0),
    erased_at_ms        integer,
    lei                 text    check (length(lei) = 20),
    unique (account_key, is_test, tenant_id),
    unique (account_key, tenant_key),
    check (case when erased_at_ms is null
                then tenant_id is not null and salt is not null
                else coalesce(tenant_id, salt, name, legal_name, language, region, carbon_budget_grams, lei) is null end)
) strict;
insert into tenant (tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms, name, legal_name, language,
                    region, carbon_budget_grams, erased_at_ms)
select tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms, name, legal_name, language,
       region, carbon_budget_grams, erased_at_ms
  from old_tenant;
drop table old_tenant;

alter table branding add column lei text check (length(lei) = 20);
alter table branding add column domain text;

-- Who may fetch one tenant's footprints (PACT), until it is revoked: client credentials of OAuth2.
create table pact_client (
    pact_client_key       integer primary key,
    client_id             text    not null unique,
    account_key           integer not null references account,
    tenant_key            integer not null,
    label                 text    not null check (length(cast(label as blob)) <= 100),
    secret_sha256         blob    not null check (length(secret_sha256) = 32),
    created_at_ms         integer not null,
    revoked_at_ms         integer,
    answers_url           text,
    answers_token_url     text,
    answers_client_id     text,
    answers_client_secret text,
    unique (account_key, pact_client_key),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

create index pact_client_of_tenant on pact_client (account_key, tenant_key);

-- What such a client told or asked, each once, and how far answering has got.
create table pact_event (
    pact_event_key     integer primary key,
    account_key        integer not null references account,
    pact_client_key    integer not null,
    source             text    not null,
    event_id           text    not null,
    kind               text    not null check (kind in ('published', 'request_created', 'request_fulfilled', 'request_rejected')),
    data               text,
    received_at_ms     integer not null,
    answer_id          text,
    attempts           integer not null,
    next_attempt_at_ms integer,
    answered_at_ms     integer,
    unique (account_key, pact_client_key, source, event_id),
    foreign key (account_key, pact_client_key) references pact_client (account_key, pact_client_key)
) strict;

create index pact_event_to_answer on pact_event (next_attempt_at_ms) where next_attempt_at_ms is not null;
