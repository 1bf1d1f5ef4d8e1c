-- From schema version 4 to 5: keys with labels, sessions, tenants that can be erased, dashboard links, billing, alerts.
-- What other tables refer to is made anew under its own name: they go on referring to that.

pragma legacy_alter_table = on;

alter table ledger rename to old_ledger;
create table ledger (
    ledger_key  integer primary key check (ledger_key = 1),
    id_hash_key blob    not null check (length(id_hash_key) = 16),
    link_secret blob    not null check (length(link_secret) = 32)
) strict;
insert into ledger select ledger_key, id_hash_key, randomblob(32) from old_ledger;
drop table old_ledger;

alter table api_key rename to old_api_key;
create table api_key (
    key_sha256      blob    not null primary key check (length(key_sha256) = 32),
    key_id          text    not null unique,
    account_key     integer not null references account,
    kind            text    not null check (kind in ('live', 'test', 'read')),
    label           text    not null check (length(cast(label as blob)) <= 100),
    prefix          text    not null,
    created_at_ms   integer not null,
    last_used_at_ms integer,
    revoked_at_ms   integer
) strict, without rowid;
insert into api_key (key_sha256, key_id, account_key, kind, label, prefix, created_at_ms, revoked_at_ms)
select key_sha256, lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' ||
             substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
       account_key, kind, '', prefix, created_at_ms, revoked_at_ms
  from old_api_key;
drop table old_api_key;

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
    unique (account_key, is_test, tenant_id),
    unique (account_key, tenant_key),
    check (case when erased_at_ms is null
                then tenant_id is not null and salt is not null
                else coalesce(tenant_id, salt, name, legal_name, language, region, carbon_budget_grams) is null end)
) strict;
insert into tenant (tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms)
select tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms
  from old_tenant;
drop table old_tenant;

alter table tag rename to old_tag;
create table tag (
    tag_key     integer primary key,
    account_key integer not null references account,
    tenant_key  integer not null,
    name        text    check (length(cast(name as blob)) between 1 and 64),
    value       text    check (length(cast(value as blob)) between 1 and 128),
    commitment  blob    not null check (length(commitment) = 32),
    unique (account_key, tenant_key, name, value),
    check ((name is null) = (value is null)),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;
insert into tag (tag_key, account_key, tenant_key, name, value, commitment)
select tag_key, account_key, tenant_key, name, value, commitment
  from old_tag;
drop table old_tag;

drop trigger report_is_never_changed;
drop trigger report_is_never_deleted;
alter table report rename to old_report;
create table report (
    report_key    integer primary key,
    report_id     text    not null unique,
    account_key   integer not null references account,
    tenant_key    integer not null,
    month         text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    language      text    not null check (language in ('en', 'fr', 'de')),
    revision      integer not null check (revision >= 1),
    status        text    not null check (status in ('provisional', 'final')),
    basis_sha256  text    not null check (length(basis_sha256) = 64),
    pdf_sha256    text    not null check (length(pdf_sha256) = 64),
    pdf           blob,
    created_at_ms integer not null,
    restatement_id text,
    unique (account_key, tenant_key, month, language, revision),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;
insert into report (report_key, report_id, account_key, tenant_key, month, language, revision, status, basis_sha256, pdf_sha256,
                    pdf, created_at_ms, restatement_id)
select report_key, report_id, account_key, tenant_key, month, language, revision, status, basis_sha256, pdf_sha256,
                    pdf, created_at_ms, restatement_id
  from old_report;
drop table old_report;

create index report_by_client on report (account_key, tenant_key, month, created_at_ms, report_id);

create trigger report_is_never_changed before update on report
when new.pdf is not null
     or (select erased_at_ms from tenant where tenant_key = old.tenant_key) is null
     or (new.report_key, new.report_id, new.account_key, new.tenant_key, new.month, new.language, new.revision, new.status,
         new.basis_sha256, new.pdf_sha256, new.created_at_ms, new.restatement_id)
        is not
        (old.report_key, old.report_id, old.account_key, old.tenant_key, old.month, old.language, old.revision, old.status,
         old.basis_sha256, old.pdf_sha256, old.created_at_ms, old.restatement_id)
begin
    select raise(abort, 'issued reports are immutable');
end;

create trigger report_is_never_deleted before delete on report
begin
    select raise(abort, 'issued reports are immutable');
end;

create index api_key_of_account on api_key (account_key, created_at_ms);

pragma legacy_alter_table = off;

create table session (
    session_sha256 blob    not null primary key check (length(session_sha256) = 32),
    account_key    integer not null references account,
    created_at_ms  integer not null,
    expires_at_ms  integer not null
) strict, without rowid;

create table intake (
    account_key     integer not null references account,
    month           text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    first_event_key integer not null,
    last_event_key  integer not null check (last_event_key >= first_event_key),
    events          integer not null check (events >= 1),
    reversals       integer not null check (reversals between 0 and events),
    primary key (account_key, month)
) strict, without rowid;

create table dashboard_link (
    link_key      integer primary key,
    link_id       text    not null unique,
    account_key   integer not null references account,
    tenant_key    integer not null,
    created_at_ms integer not null,
    expires_at_ms integer not null,
    revoked_at_ms integer,
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

create table dashboard_month (
    account_key  integer not null references account,
    month        text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    tenant_key   integer not null,
    link_key     integer not null references dashboard_link,
    opened_at_ms integer not null,
    primary key (account_key, month, tenant_key),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict, without rowid;

create table price_list (
    price_list_key integer primary key,
    noted_at_ms    integer not null,
    currency       text    not null check (length(currency) = 3),
    free_events    integer not null check (free_events >= 0),
    per_event      text    not null,
    per_report     text    not null,
    per_dashboard  text    not null
) strict;

create table webhook (
    account_key   integer primary key references account,
    url           text    not null,
    secret        blob    not null check (length(secret) = 32),
    created_at_ms integer not null
) strict;

create table alert (
    alert_key          integer primary key,
    alert_id           text    not null unique,
    account_key        integer not null references account,
    kind               text    not null check (kind in ('free_events', 'carbon_budget')),
    tenant_key         integer,
    month              text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    percent            integer not null,
    body               text,
    created_at_ms      integer not null,
    attempts           integer not null,
    next_attempt_at_ms integer,
    delivered_at_ms    integer,
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

create index dashboard_link_of_tenant on dashboard_link (account_key, tenant_key);
create unique index alert_is_given_once on alert (account_key, kind, coalesce(tenant_key, 0), month, percent);
create index alert_to_deliver on alert (next_attempt_at_ms) where next_attempt_at_ms is not null;

insert into intake
select account_key, strftime('%Y-%m', received_at_ms / 1000, 'unixepoch'),
       min(event_key), max(event_key), count(*), count(reverses)
  from event
 where is_test = 0 and event_key <= (select last_event_key from fold)
 group by 1, 2;
