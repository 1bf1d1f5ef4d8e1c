-- A book of a ledger on PostgreSQL, schema version 1: one chain, with the accounts that belong to it. directory.sql makes what
-- books share, and stands behind the book in the search path. Tables and columns are those of store/sqlite/schema.sql, which
-- documents them; comments here are about what differs.
--
-- Conventions
--   Keys of an account's tables begin with account_key.
--   *_key is the last of its table and one more, from where the book's numbers begin (see directory.sql). Only the server that
--   holds the row of fold gives one, so these keys grow in the order of commits. A sequence would not do: on Citus each node
--   has numbers of its own.
--   Text compares byte by byte (collate "C"), as in SQLite.

-- A server locks this row to write, and learns from it how far the others have written.
create table fold (
    fold_key       bigint primary key check (fold_key = 1),
    last_event_key bigint not null,                          -- of the last seal, and included in all sums
    seal_key       bigint not null,
    names_version  bigint not null                           -- incremented when names that servers cache may have changed
);

create table tenant (
    account_key         bigint  not null references account,
    tenant_key          bigint  not null,
    is_test             boolean not null,
    tenant_id           text    collate "C" check (octet_length(tenant_id) between 1 and 128),
    salt                bytea   check (octet_length(salt) = 16),
    commitment          bytea   not null check (octet_length(commitment) = 32),
    created_at_ms       bigint  not null,
    name                text    check (octet_length(name) between 1 and 200),
    legal_name          text    check (octet_length(legal_name) between 1 and 200),
    language            text    check (language in ('en', 'fr', 'de', 'it', 'es', 'nl', 'pl')),
    lei                 text    check (octet_length(lei) = 20),
    standard            text    check (standard in ('esrs-2023', 'esrs-2026')),
    region              text    check (octet_length(region) between 1 and 64),
    carbon_budget_grams bigint  check (carbon_budget_grams > 0),
    targets             text    check (octet_length(targets) between 2 and 20000),
    erased_at_ms        bigint,
    primary key (account_key, tenant_key),
    unique (account_key, is_test, tenant_id),
    check (case when erased_at_ms is null
                then tenant_id is not null and salt is not null
                else num_nonnulls(tenant_id, salt, name, legal_name, language, lei, standard, region, carbon_budget_grams,
                                  targets) = 0 end)
);

create index tenant_in_order on tenant (tenant_key);

create table deployment (
    account_key    bigint not null references account,
    deployment_key bigint not null,
    model          text   collate "C" not null check (octet_length(model) between 1 and 256),
    provider       text   collate "C" not null,
    region         text   collate "C" not null,
    primary key (account_key, deployment_key),
    unique (account_key, model, provider, region)
);

create index deployment_in_order on deployment (deployment_key);

create trigger deployment_is_never_changed before update on deployment
for each row execute function refuse_change('deployments');

create table tag (
    account_key bigint not null references account,
    tag_key     bigint not null,
    tenant_key  bigint not null,
    name        text   collate "C" check (octet_length(name) between 1 and 64),
    value       text   collate "C" check (octet_length(value) between 1 and 128),
    commitment  bytea  not null check (octet_length(commitment) = 32),
    primary key (account_key, tag_key),
    unique (account_key, tenant_key, name, value),
    check ((name is null) = (value is null)),
    foreign key (account_key, tenant_key) references tenant
);

create index tag_in_order on tag (tag_key);

-- Each month has a partition (event_2026_11), created with its first event; day is the day of the call. There are no foreign
-- keys to tenant and deployment: daily_usage has them, and every event is added to it in the same transaction.
create table event (
    account_key                 bigint  not null,
    event_key                   bigint  not null,
    is_test                     boolean not null,
    event_id                    text    collate "C" not null,
    tenant_key                  bigint  not null,
    deployment_key              bigint  not null,
    received_at_ms              bigint  not null,
    occurred_at_ms              bigint,
    input_tokens                integer not null,
    cache_read_input_tokens     integer not null,
    cache_creation_input_tokens integer not null,
    output_tokens               integer not null,
    reasoning_output_tokens     integer not null,
    tags                        text,
    reverses                    bigint,
    calls                       integer check (calls >= 0 and calls <> 1),
    media                       text    check (length(media) between 1 and 400),
    crc32                       integer not null,
    day                         integer not null,
    primary key (account_key, event_key, day),
    check (day = coalesce(occurred_at_ms, received_at_ms) / 86400000),
    check (case when reverses is null
                then cache_read_input_tokens >= 0 and cache_creation_input_tokens >= 0
                 and cache_read_input_tokens + cache_creation_input_tokens <= input_tokens
                 and reasoning_output_tokens between 0 and output_tokens
                else cache_read_input_tokens <= 0 and cache_creation_input_tokens <= 0
                 and cache_read_input_tokens + cache_creation_input_tokens >= input_tokens
                 and reasoning_output_tokens between output_tokens and 0 end)
) partition by range (day);

-- An event is reversed at most once, by an event of the same day.
create unique index event_is_reversed_once on event (account_key, reverses, day) where reverses is not null;

create trigger event_is_never_changed before update or delete on event
for each row execute function refuse_change('events');

-- An account uses an event_id once, in whatever month. A key of the partitioned table would have to include the day, so ids
-- have a table of their own.
create table event_id (
    account_key bigint  not null,
    is_test     boolean not null,
    event_id    text    collate "C" not null,
    event_key   bigint  not null,
    day         integer not null,
    primary key (account_key, is_test, event_id)
);

create table pruned_month (
    month        text   collate "C" primary key check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    events       bigint not null,                            -- rows that were pruned, of all accounts
    pruned_at_ms bigint not null
);

create table batch (
    account_key    bigint  not null references account,
    is_test        boolean not null,
    batch_id       text    collate "C" not null check (octet_length(batch_id) between 1 and 128),
    content_sha256 bytea   not null check (octet_length(content_sha256) = 32),
    received_at_ms bigint  not null,
    primary key (account_key, is_test, batch_id)
);

create table sighting (
    account_key bigint not null references account,
    is_test     boolean not null,
    digest      bigint not null,
    scope       bigint not null,
    tenant      bigint not null,
    started_us  bigint not null,
    ended_us    bigint not null,
    seen_at_ms  bigint not null,
    primary key (account_key, is_test, digest, scope, tenant, started_us)
);
create index sighting_seen_at on sighting (seen_at_ms);

create table daily_usage (
    account_key                 bigint  not null references account,
    is_test                     boolean not null,
    day                         bigint  not null,
    hour                        bigint  not null check (hour between -1 and 23),
    tenant_key                  bigint  not null,
    is_adjustment               boolean not null,
    deployment_key              bigint  not null,
    requests                    bigint  not null check (is_adjustment or requests >= 0),
    input_tokens                bigint  not null check (is_adjustment or input_tokens >= 0),
    cache_read_input_tokens     bigint  not null check (is_adjustment or cache_read_input_tokens >= 0),
    cache_creation_input_tokens bigint  not null check (is_adjustment or cache_creation_input_tokens >= 0),
    output_tokens               bigint  not null check (is_adjustment or output_tokens >= 0),
    reasoning_output_tokens     bigint  not null check (is_adjustment or reasoning_output_tokens >= 0),
    context_unknown_tokens      bigint  not null check (is_adjustment or context_unknown_tokens >= 0),
    context_output_high         bigint  not null check (is_adjustment or context_output_high >= 0),
    context_output_low          bigint  not null check (context_output_low between 0 and 4294967295),
    context_input_high          bigint  not null check (is_adjustment or context_input_high >= 0),
    context_input_low           bigint  not null check (context_input_low between 0 and 4294967295),
    input_image_tokens          bigint  not null check (is_adjustment or input_image_tokens >= 0),
    input_audio_tokens          bigint  not null check (is_adjustment or input_audio_tokens >= 0),
    output_image_tokens         bigint  not null check (is_adjustment or output_image_tokens >= 0),
    output_audio_tokens         bigint  not null check (is_adjustment or output_audio_tokens >= 0),
    images                      bigint  not null check (is_adjustment or images >= 0),
    image_pixels                bigint  not null check (is_adjustment or image_pixels >= 0),
    video_ms                    bigint  not null check (is_adjustment or video_ms >= 0),
    video_pixel_s              bigint  not null check (is_adjustment or video_pixel_s >= 0),
    audio_ms                    bigint  not null check (is_adjustment or audio_ms >= 0),
    primary key (account_key, is_test, day, tenant_key, is_adjustment, deployment_key, hour),
    foreign key (account_key, tenant_key)     references tenant,
    foreign key (account_key, deployment_key) references deployment
);

create table daily_tag_usage (
    account_key                 bigint  not null references account,
    is_test                     boolean not null,
    day                         bigint  not null,
    hour                        bigint  not null check (hour between -1 and 23),
    tag_key                     bigint  not null,
    is_adjustment               boolean not null,
    deployment_key              bigint  not null,
    requests                    bigint  not null,
    input_tokens                bigint  not null,
    cache_read_input_tokens     bigint  not null,
    cache_creation_input_tokens bigint  not null,
    output_tokens               bigint  not null,
    reasoning_output_tokens     bigint  not null,
    context_unknown_tokens      bigint  not null,
    context_output_high         bigint  not null,
    context_output_low          bigint  not null check (context_output_low between 0 and 4294967295),
    context_input_high          bigint  not null,
    context_input_low           bigint  not null check (context_input_low between 0 and 4294967295),
    input_image_tokens          bigint  not null,
    input_audio_tokens          bigint  not null,
    output_image_tokens         bigint  not null,
    output_audio_tokens         bigint  not null,
    images                      bigint  not null,
    image_pixels                bigint  not null,
    video_ms                    bigint  not null,
    video_pixel_s              bigint  not null,
    audio_ms                    bigint  not null,
    primary key (account_key, is_test, day, tag_key, is_adjustment, deployment_key, hour),
    foreign key (account_key, tag_key)        references tag,
    foreign key (account_key, deployment_key) references deployment
);

create table month_span (
    account_key     bigint  not null references account,
    is_test         boolean not null,
    month           text    collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    is_adjustment   boolean not null,
    first_event_key bigint  not null,
    last_event_key  bigint  not null check (last_event_key >= first_event_key),
    events          bigint  not null check (events >= 1),
    reversals       bigint  not null check (reversals between 0 and events),
    primary key (account_key, is_test, month, is_adjustment)
);

create table intake (
    account_key     bigint not null references account,
    month           text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    first_event_key bigint not null,
    last_event_key  bigint not null check (last_event_key >= first_event_key),
    events          bigint not null check (events >= 1),
    reversals       bigint not null check (reversals between 0 and events),
    primary key (account_key, month)
);

create table closed_month (
    account_key      bigint not null references account,
    closed_month_key bigint not null,
    month            text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    factor_set       text   not null,
    closed_at_ms     bigint not null,
    last_event_key   bigint not null,
    events           bigint not null check (events >= 0),
    reversals        bigint not null check (reversals between 0 and events),
    merkle_root      bytea  not null check (octet_length(merkle_root) = 32),
    primary key (account_key, closed_month_key),
    unique (account_key, month)
);

create index closed_month_in_order on closed_month (closed_month_key);

create trigger closed_month_is_never_changed before update or delete on closed_month
for each row execute function refuse_change('closed months');

create table closed_tenant (
    account_key      bigint not null references account,
    closed_month_key bigint not null,
    tenant_key       bigint not null,
    events           bigint not null check (events >= 1),
    merkle_root      bytea  not null check (octet_length(merkle_root) = 32),
    figures          text   not null,
    reversals        bigint not null check (reversals between 0 and events),
    first_at_ms      bigint not null,
    last_at_ms       bigint not null,
    primary key (account_key, closed_month_key, tenant_key),
    foreign key (account_key, closed_month_key) references closed_month,
    foreign key (account_key, tenant_key)       references tenant
);

create index closed_tenant_of_month on closed_tenant (closed_month_key);

create trigger closed_tenant_is_never_changed before update or delete on closed_tenant
for each row execute function refuse_change('closed months');

create table restatement (
    account_key     bigint not null references account,
    restatement_key bigint not null,
    restatement_id  text   collate "C" not null,
    month           text   collate "C" not null,
    old_factor_set  text   not null,
    factor_set      text   not null,
    reason          text   not null check (octet_length(reason) between 1 and 500),
    created_at_ms   bigint not null,
    last_event_key  bigint not null,
    primary key (account_key, restatement_key),
    unique (account_key, restatement_id),
    foreign key (account_key, month) references closed_month (account_key, month)
);

create index restatement_by_month on restatement (account_key, month);
create index restatement_in_order on restatement (restatement_key);

create trigger restatement_is_never_changed before update or delete on restatement
for each row execute function refuse_change('restatements');

create table restated_tenant (
    account_key     bigint not null references account,
    restatement_key bigint not null,
    tenant_key      bigint not null,
    old_figures     text   not null,
    figures         text   not null,
    events          bigint,
    merkle_root     bytea  check (octet_length(merkle_root) = 32),
    primary key (account_key, restatement_key, tenant_key),
    foreign key (account_key, restatement_key) references restatement,
    foreign key (account_key, tenant_key)      references tenant
);

create index restated_tenant_of_restatement on restated_tenant (restatement_key);

create trigger restated_tenant_is_never_changed before update or delete on restated_tenant
for each row execute function refuse_change('restatements');

create table report (
    account_key    bigint not null references account,
    report_key     bigint not null,
    report_id      text   collate "C" not null,
    tenant_key     bigint not null,
    month          text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    last_month     text   collate "C" not null check (last_month ~ '^[0-9]{4}-[0-1][0-9]$' and last_month >= month),
    language       text   collate "C" not null check (language in ('en', 'fr', 'de', 'it', 'es', 'nl', 'pl')),
    revision       bigint not null check (revision >= 1),
    status         text   not null check (status in ('provisional', 'final')),
    basis_sha256   text   not null check (octet_length(basis_sha256) = 64),
    pdf_sha256     text   not null check (octet_length(pdf_sha256) = 64),
    pdf            bytea,
    created_at_ms  bigint not null,
    restatement_id text,
    primary key (account_key, report_key),
    unique (account_key, report_id),
    unique (account_key, tenant_key, month, last_month, language, revision),
    foreign key (account_key, tenant_key) references tenant
);

create index report_by_client on report (account_key, tenant_key, month, last_month, created_at_ms, report_id);
create index report_by_time on report (account_key, created_at_ms);
create index report_in_order on report (report_key);

create trigger report_is_never_changed before update or delete on report
for each row execute function refuse_report_change();

create table logo (
    account_key bigint not null references account,
    logo_key    bigint not null,
    sha256      text   collate "C" not null check (octet_length(sha256) = 64),
    png         bytea  not null,
    primary key (account_key, logo_key),
    unique (account_key, sha256)
);

create index logo_in_order on logo (logo_key);

create table branding (
    account_key          bigint  primary key references account,
    accent               text,
    logo_sha256          text    collate "C",
    up_to_1000_employees boolean not null,
    lei                  text    check (octet_length(lei) = 20),
    domain               text,
    contact_name         text,
    contact_address      text,
    check (contact_name is null or contact_address is not null),
    foreign key (account_key, logo_sha256) references logo (account_key, sha256)
);

create table dashboard_link (
    account_key   bigint not null references account,
    link_key      bigint not null,
    link_id       text   collate "C" not null,
    tenant_key    bigint not null,
    created_at_ms bigint not null,
    expires_at_ms bigint not null,
    revoked_at_ms bigint,
    primary key (account_key, link_key),
    unique (account_key, link_id),
    foreign key (account_key, tenant_key) references tenant
);

create index dashboard_link_of_tenant on dashboard_link (account_key, tenant_key);
-- A token contains only link_key.
create index dashboard_link_in_order on dashboard_link (link_key);

create table dashboard_month (
    account_key         bigint not null references account,
    dashboard_month_key bigint not null,
    month               text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    tenant_key          bigint not null,
    link_key            bigint not null,
    opened_at_ms        bigint not null,
    primary key (account_key, dashboard_month_key),
    unique (account_key, month, tenant_key),
    foreign key (account_key, link_key)   references dashboard_link,
    foreign key (account_key, tenant_key) references tenant
);

create index dashboard_month_in_order on dashboard_month (dashboard_month_key);

create trigger dashboard_month_is_never_changed before update or delete on dashboard_month
for each row execute function refuse_change('opened dashboards');

create table webhook (
    account_key   bigint primary key references account,
    url           text   not null,
    secret        bytea  not null check (octet_length(secret) = 32),
    created_at_ms bigint not null
);

create table outbox_message (
    account_key        bigint not null references account,
    outbox_message_key bigint not null,
    kind               text   collate "C" not null check (kind in ('alert', 'checkpoint', 'mail', 'pact_answer', 'report', 'time_stamp')),
    message_id         text   collate "C" not null,
    receiver_key       bigint,
    tenant_key         bigint,
    payload            text,
    created_at_ms      bigint not null,
    attempts           bigint not null check (attempts >= 0),
    next_attempt_at_ms bigint,
    delivered_at_ms    bigint,
    last_error         text,
    primary key (account_key, outbox_message_key),
    unique (account_key, message_id),
    check ((payload is null) = (next_attempt_at_ms is null)),
    foreign key (account_key, tenant_key) references tenant
);

create index outbox_message_in_order on outbox_message (outbox_message_key);
create index outbox_message_due on outbox_message (next_attempt_at_ms) where next_attempt_at_ms is not null;
create index outbox_message_of_receiver on outbox_message (account_key, kind, receiver_key) where payload is not null;

create table alert (
    account_key        bigint not null references account,
    alert_key          bigint not null,
    kind               text   collate "C" not null check (kind in ('free_events', 'carbon_budget')),
    tenant_key         bigint,
    month              text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    percent            bigint not null,
    outbox_message_key bigint not null,
    primary key (account_key, alert_key),
    unique (account_key, outbox_message_key),
    foreign key (account_key, tenant_key)         references tenant,
    foreign key (account_key, outbox_message_key) references outbox_message on delete cascade
);

create index alert_in_order on alert (alert_key);
create unique index alert_is_given_once on alert (account_key, kind, coalesce(tenant_key, 0), month, percent);

create table report_schedule (
    account_key   bigint  primary key references account,
    day_of_month  bigint  not null check (day_of_month between 1 and 28),
    languages     text,
    every_tenant  boolean not null,
    closes_month  boolean not null,
    coverage_min  text    collate "C",
    year_ends_in  bigint  check (year_ends_in between 1 and 12),
    first_month   text    collate "C" not null check (first_month ~ '^[0-9]{4}-[0-1][0-9]$'),
    created_at_ms bigint  not null,
    changed_at_ms bigint  not null
);

create table scheduled_tenant (
    account_key bigint not null references report_schedule on delete cascade,
    tenant_key  bigint not null,
    primary key (account_key, tenant_key),
    foreign key (account_key, tenant_key) references tenant
);

create table schedule_run (
    account_key        bigint not null references account,
    schedule_run_key   bigint not null,
    run_id             text   collate "C" not null,
    month              text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    state              text   collate "C" not null check (state in ('waiting', 'closing', 'issuing', 'issued', 'failed', 'skipped')),
    coverage           text   collate "C",
    problem            text,
    what_to_do         text,
    started_at_ms      bigint not null,
    issuing_since_ms   bigint,
    changed_at_ms      bigint not null,
    takes              bigint not null check (takes >= 0),
    next_attempt_at_ms bigint,
    primary key (account_key, schedule_run_key),
    unique (account_key, run_id),
    unique (account_key, month),
    check ((state in ('issued', 'failed', 'skipped')) = (next_attempt_at_ms is null)),
    check ((problem is null) = (what_to_do is null))
);

create index schedule_run_in_order on schedule_run (schedule_run_key);
create index schedule_run_due on schedule_run (next_attempt_at_ms) where next_attempt_at_ms is not null;

create table schedule_run_report (
    account_key        bigint not null references account,
    schedule_run_key   bigint not null,
    tenant_key         bigint not null,
    first_month        text   collate "C" not null check (first_month ~ '^[0-9]{4}-[0-1][0-9]$'),
    language           text   collate "C" not null,
    report_id          text   collate "C",
    problem            text,
    outbox_message_key bigint,
    primary key (account_key, schedule_run_key, tenant_key, first_month, language),
    check (report_id is null or problem is null),
    foreign key (account_key, schedule_run_key)   references schedule_run,
    foreign key (account_key, tenant_key)         references tenant,
    foreign key (account_key, outbox_message_key) references outbox_message
);

create table contact (
    account_key        bigint not null references account,
    contact_key        bigint not null,
    contact_id         text   collate "C" not null,
    tenant_key         bigint not null,
    address            text   collate "C" check (octet_length(address) between 3 and 254),
    language           text   collate "C" check (octet_length(language) = 2),
    delivery           text   collate "C" not null check (delivery in ('link', 'attachment')),
    created_at_ms      bigint not null,
    unsubscribed_at_ms bigint,
    primary key (account_key, contact_key),
    unique (account_key, contact_id),
    foreign key (account_key, tenant_key) references tenant
);

create unique index contact_by_address on contact (account_key, tenant_key, lower(address));
-- A token in a mail contains only contact_key.
create index contact_in_order on contact (contact_key);

create table mail (
    account_key        bigint not null references account,
    mail_key           bigint not null,
    kind               text   collate "C" not null check (kind in ('report')),
    contact_key        bigint not null,
    report_id          text   collate "C" not null,
    outbox_message_key bigint not null,
    reply_code         bigint,
    primary key (account_key, mail_key),
    unique (account_key, outbox_message_key),
    foreign key (account_key, contact_key)        references contact,
    foreign key (account_key, outbox_message_key) references outbox_message
);

create index mail_in_order on mail (mail_key);
create index mail_of_contact on mail (account_key, contact_key, report_id);

create table pact_client (
    account_key           bigint not null references account,
    pact_client_key       bigint not null,
    client_id             text   collate "C" not null,
    tenant_key            bigint not null,
    label                 text   not null check (octet_length(label) <= 100),
    secret_sha256         bytea  not null check (octet_length(secret_sha256) = 32),
    created_at_ms         bigint not null,
    revoked_at_ms         bigint,
    answers_url           text,
    answers_token_url     text,
    answers_client_id     text,
    answers_client_secret text,
    primary key (account_key, pact_client_key),
    unique (account_key, client_id),
    foreign key (account_key, tenant_key) references tenant
);

create index pact_client_of_tenant on pact_client (account_key, tenant_key);
-- A token contains only pact_client_key, and a request for a token only client_id.
create index pact_client_in_order on pact_client (pact_client_key);
create index pact_client_by_id on pact_client (client_id);

create table pact_event (
    account_key        bigint not null references account,
    pact_event_key     bigint not null,
    pact_client_key    bigint not null,
    source             text   collate "C" not null,
    event_id           text   collate "C" not null,
    kind               text   not null check (kind in ('published', 'request_created', 'request_fulfilled', 'request_rejected')),
    received_at_ms     bigint not null,
    outbox_message_key bigint,
    primary key (account_key, pact_event_key),
    unique (account_key, pact_client_key, source, event_id),
    unique (account_key, outbox_message_key),
    foreign key (account_key, pact_client_key)    references pact_client,
    foreign key (account_key, outbox_message_key) references outbox_message
);

create index pact_event_in_order on pact_event (pact_event_key);

create table source_setting (
    account_key       bigint primary key references account,
    default_tenant_id text   collate "C" check (octet_length(default_tenant_id) between 1 and 128),
    span_attributes   text   not null,
    litellm_fields    text   not null,
    ignored_scopes    text   not null
);

create table own_entry (
    account_key   bigint not null references account,
    own_entry_key bigint not null,
    revision      bigint not null check (revision >= 1),
    kind          text   not null check (kind in ('alias', 'model', 'measured', 'grid_series')),
    name          text   collate "C" not null check (octet_length(name) between 1 and 257),
    valid_from    text   collate "C" not null,
    entry         text,
    entered_by    text   not null,
    entered_at_ms bigint not null,
    primary key (account_key, own_entry_key),
    unique (account_key, revision)
);

create index own_entry_in_order on own_entry (own_entry_key);

create trigger own_entry_is_never_changed before update or delete on own_entry
for each row execute function refuse_change('own entries');

create table hour_switch (
    account_key     bigint  not null references account,
    hour_switch_key bigint  not null,
    is_on           boolean not null,
    last_event_key  bigint  not null check (last_event_key >= 0),
    changed_by      text    not null,
    changed_at_ms   bigint  not null,
    primary key (account_key, hour_switch_key)
);

create index hour_switch_in_order on hour_switch (hour_switch_key);

create trigger hour_switch_is_never_changed before update or delete on hour_switch
for each row execute function refuse_change('switches to hours');

create table energy_window (
    account_key             bigint not null references account,
    energy_window_key       bigint not null,
    served_name             text   collate "C" not null check (octet_length(served_name) between 1 and 256),
    meter                   text   collate "C" not null check (octet_length(meter) between 1 and 128),
    scope                   text   not null check (scope in ('accelerator', 'accelerator_and_host', 'node')),
    from_ms                 bigint not null,
    to_ms                   bigint not null check (to_ms > from_ms),
    accelerator_uj          bigint check (accelerator_uj > 0),
    host_uj                 bigint check (host_uj > 0),
    node_uj                 bigint check (node_uj > 0),
    input_tokens            bigint not null check (input_tokens >= 0),
    cache_read_input_tokens bigint check (cache_read_input_tokens between 0 and input_tokens),
    output_tokens           bigint not null check (output_tokens >= 0),
    requests                bigint check (requests >= 0),
    context_sum             bigint check (context_sum >= 0),
    sha256                  bytea  not null check (octet_length(sha256) = 32),
    received_at_ms          bigint not null,
    withdrawn_at_ms         bigint,
    primary key (account_key, energy_window_key)
);

create unique index energy_window_counts_once on energy_window (account_key, sha256) where withdrawn_at_ms is null;
create unique index energy_window_of_meter on energy_window (account_key, served_name, meter, from_ms)
    where withdrawn_at_ms is null;
create index energy_window_of_name on energy_window (account_key, served_name);
create index energy_window_in_order on energy_window (energy_window_key);

create trigger energy_window_is_never_changed before update or delete on energy_window
for each row execute function refuse_all_but_withdrawal('windows');

create table instrument (
    account_key            bigint not null references account,
    instrument_key         bigint not null,
    instrument_id          text   collate "C" not null check (length(instrument_id) = 36),
    kind                   text   not null check (kind in ('go', 'rec', 'ppa', 'supplier_mix')),
    provider               text   collate "C" not null,
    zone                   text   collate "C" not null check (length(zone) between 2 and 8),
    period_from            text   collate "C" not null check (period_from ~ '^[0-9]{4}-[0-1][0-9]-[0-3][0-9]$'),
    period_to              text   collate "C" not null check (period_to ~ '^[0-9]{4}-[0-1][0-9]-[0-3][0-9]$' and period_to >= period_from),
    wh                     bigint not null check (wh between 1 and 1000000000000000),
    g_per_kwh              text   not null,
    vintage                bigint not null,
    certificate_ids_sha256 bytea  not null check (octet_length(certificate_ids_sha256) = 32),
    document_sha256        bytea  not null check (octet_length(document_sha256) = 32),
    source                 text   not null,
    licence                text   not null,
    entered_by             text   not null,
    entered_at_ms          bigint not null,
    withdrawn_at_ms        bigint,
    primary key (account_key, instrument_key),
    unique (account_key, instrument_id)
);

create unique index instrument_counts_once on instrument (account_key, certificate_ids_sha256) where withdrawn_at_ms is null;
create index instrument_in_order on instrument (instrument_key);

create trigger instrument_is_never_changed before update or delete on instrument
for each row execute function refuse_all_but_withdrawal('instruments');

create table instrument_allocation (
    account_key               bigint not null references account,
    instrument_allocation_key bigint not null,
    instrument_key            bigint not null,
    tenant_key                bigint not null,
    month                     text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    wh                        bigint not null check (wh between 1 and 1000000000000000),
    entered_at_ms             bigint not null,
    withdrawn_at_ms           bigint,
    primary key (account_key, instrument_allocation_key),
    foreign key (account_key, instrument_key) references instrument (account_key, instrument_key),
    foreign key (account_key, tenant_key)     references tenant (account_key, tenant_key)
);

create unique index instrument_allocation_counts_once on instrument_allocation (account_key, instrument_key, tenant_key, month)
    where withdrawn_at_ms is null;
create index instrument_allocation_of_month on instrument_allocation (account_key, tenant_key, month);
create index instrument_allocation_in_order on instrument_allocation (instrument_allocation_key);

create trigger instrument_allocation_is_never_changed before update or delete on instrument_allocation
for each row execute function refuse_all_but_withdrawal('allocations');

create table residual_mix (
    account_key      bigint not null references account,
    residual_mix_key bigint not null,
    zone             text   collate "C" not null check (length(zone) between 2 and 8),
    year             bigint not null check (year between 2000 and 2200),
    g_per_kwh        text   check (g_per_kwh <> '0'),
    source           text   not null,
    licence          text   not null,
    document_sha256  bytea  check (octet_length(document_sha256) = 32),
    entered_by       text   not null,
    entered_at_ms    bigint not null,
    primary key (account_key, residual_mix_key),
    check ((g_per_kwh is null) = (document_sha256 is null))
);

create index residual_mix_of_year on residual_mix (account_key, year, zone);
create index residual_mix_in_order on residual_mix (residual_mix_key);

create trigger residual_mix_is_never_changed before update or delete on residual_mix
for each row execute function refuse_change('residual mixes');

create table supplier_report (
    account_key         bigint not null references account,
    supplier_report_key bigint not null,
    provider            text   not null check (provider in ('aws', 'azure', 'google')),
    account_ref         text   collate "C" not null,
    service             text   collate "C" not null,
    region              text   collate "C" not null,
    month               text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    kg_location         text,
    kg_market           text,
    method_version      text   collate "C" not null,
    licence             text   not null,
    file_sha256         bytea  not null check (octet_length(file_sha256) = 32),
    imported_by         text   not null,
    imported_at_ms      bigint not null,
    primary key (account_key, supplier_report_key),
    check (kg_location is not null or kg_market is not null)
);

create unique index supplier_report_is_imported_once
    on supplier_report (account_key, file_sha256, provider, account_ref, service, region, month, method_version);
create index supplier_report_of_month on supplier_report (account_key, month);
create index supplier_report_in_order on supplier_report (supplier_report_key);

create trigger supplier_report_is_never_changed before update or delete on supplier_report
for each row execute function refuse_change('supplier reports');

create table row_digest (
    account_key    bigint not null references account,
    row_digest_key bigint not null,
    subject        text   collate "C" not null check (subject in ('tenant', 'branding')),
    subject_key    bigint not null,
    sha256         bytea  not null check (octet_length(sha256) = 32),
    primary key (account_key, row_digest_key)
);

create index row_digest_of_row on row_digest (account_key, subject, subject_key);
create index row_digest_in_order on row_digest (row_digest_key);

create trigger row_digest_is_never_changed before update or delete on row_digest
for each row execute function refuse_change('digests of rows');

create table time_stamp (
    time_stamp_key bigint primary key,
    seal_key       bigint not null unique check (seal_key >= 1),
    token          bytea  not null check (octet_length(token) between 1 and 65536),
    received_at_ms bigint not null
);

create trigger time_stamp_is_never_changed before update or delete on time_stamp
for each row execute function refuse_change('time stamps');

create table archive (
    archive_key     bigint primary key,
    month           text   collate "C" not null check (month ~ '^[0-9]{4}-[0-1][0-9]$'),
    events          bigint not null check (events >= 1),
    first_event_key bigint not null,
    last_event_key  bigint not null check (last_event_key >= first_event_key),
    bytes           bigint not null check (bytes >= 1),
    sha256          bytea  not null check (octet_length(sha256) = 32),
    place           text   not null check (octet_length(place) between 1 and 4096),
    name            text   not null check (octet_length(name) between 1 and 255),
    archived_at_ms  bigint not null
);

create index archive_of_month on archive (month);

create trigger archive_is_never_changed before update or delete on archive
for each row execute function refuse_change('archives');

create table seal (
    seal_key                 bigint primary key,
    last_event_key           bigint not null,
    last_account_key         bigint not null,
    last_tenant_key          bigint not null,
    last_deployment_key      bigint not null,
    last_tag_key             bigint not null,
    last_closed_month_key    bigint not null,
    last_restatement_key     bigint not null,
    last_report_key          bigint not null,
    last_own_entry_key       bigint not null,
    last_hour_switch_key     bigint not null,
    last_energy_window_key   bigint not null,
    last_instrument_key      bigint not null,
    last_instrument_allocation_key bigint not null,
    last_residual_mix_key    bigint not null,
    last_supplier_report_key bigint not null,
    last_price_list_key      bigint not null,
    last_factor_set_key      bigint not null,
    last_logo_key            bigint not null,
    last_dashboard_link_key  bigint not null,
    last_dashboard_month_key bigint not null,
    last_row_digest_key      bigint not null,
    last_time_stamp_key      bigint not null,
    last_archive_key         bigint not null,
    sha256                   bytea  not null check (octet_length(sha256) = 32),
    version                  bigint not null check (version in (1, 2)),
    salt                     bytea  check (octet_length(salt) = 16),
    events                   bytea,
    check ((salt is null) = (version = 1))
);

create trigger seal_is_never_changed before update or delete on seal
for each row execute function refuse_change('seals');
