-- From schema version 3 to 4: what the report's audit trail and look need.

alter table closed_tenant add column reversals   integer;
alter table closed_tenant add column first_at_ms integer;
alter table closed_tenant add column last_at_ms  integer;

alter table restatement add column last_event_key integer;

alter table report add column restatement_id text;

create table logo (
    logo_key    integer primary key,
    account_key integer not null references account,
    sha256      text    not null check (length(sha256) = 64),
    png         blob    not null,
    unique (account_key, sha256)
) strict;

create table branding (
    account_key          integer primary key references account,
    accent               text,
    logo_sha256          text,
    up_to_1000_employees integer not null check (up_to_1000_employees in (0, 1)),
    foreign key (account_key, logo_sha256) references logo (account_key, sha256)
) strict;
