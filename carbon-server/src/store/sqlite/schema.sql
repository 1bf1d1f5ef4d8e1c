-- The ledger, schema version 1. It is changed in place until the first release; from then on a change is a new version.
--
-- It holds activity data: who called which model and when, and how many tokens of each class that took.
-- Emissions are stored only in what was issued (reports, closed months, restatements). SQL adds up integers; carbon-core
-- multiplies them with factors.
--
-- Conventions
--   *_key     internal integer, never shown outside
--   *_id      public name of the same thing
--   *_at_ms   milliseconds since 1970-01-01T00:00:00Z
--   day       days since 1970-01-01, UTC
--   is_test   1 for data sent with a test key: kept apart everywhere, never billed, never reported
-- Every table of an account has account_key, and foreign keys include it: no row can refer to another account's. A commit of
-- events alone does without the look-ups: the writer knows the numbers by their account, and `check` compares them.
--
-- Evidence
--   Each commit that adds to the ledger adds a row to seal: SHA-256 over the previous seal and one line for each new row
--   (the lines are defined in the journal module). A line holds names and tags only as commitments, so they can be erased
--   later without breaking the chain.

-- Secrets of this file, made with it.
create table ledger (
    ledger_key  integer primary key check (ledger_key = 1),
    id_hash_key blob    not null check (length(id_hash_key) = 16),  -- hashes event ids: nobody outside can choose ids that collide
    link_secret blob    not null check (length(link_secret) = 32)   -- signs dashboard links
) strict;

-- An account is a software vendor (ISV).
create table account (
    account_key   integer primary key,
    account_id    text    not null unique,                   -- UUID
    email         text    not null,
    organisation  text    not null,                          -- the supplier's name on reports
    password_hash text    not null,                          -- argon2id, PHC string
    created_at_ms integer not null
) strict;

-- One account per address; letter case is ignored (of ASCII letters).
create unique index account_by_email on account (lower(email));

-- An API key is shown once, when it is created; only its hash is stored.
create table api_key (
    key_sha256      blob    not null primary key check (length(key_sha256) = 32),
    key_id          text    not null unique,                 -- UUID
    account_key     integer not null references account,
    kind            text    not null check (kind in ('live', 'test', 'read')),
    label           text    not null check (length(cast(label as blob)) <= 100),
    prefix          text    not null,                        -- first characters, to tell keys apart in lists
    created_at_ms   integer not null,
    last_used_at_ms integer,                                 -- to the minute
    revoked_at_ms   integer
) strict, without rowid;

create index api_key_of_account on api_key (account_key, created_at_ms);

-- A session of somebody who logged in. The token is in a cookie; only its hash is stored.
create table session (
    session_sha256  blob    not null primary key check (length(session_sha256) = 32),
    session_id      text    not null unique,                 -- UUID; opens nothing
    account_key     integer not null references account,
    begun_from      text    not null,                        -- network address of the log-in
    created_at_ms   integer not null,
    last_used_at_ms integer,                                 -- updated from time to time
    expires_at_ms   integer not null                         -- the row is deleted soon after
) strict, without rowid;

create index session_of_account on session (account_key, created_at_ms);

-- A tenant is a client of the account. Its first event creates it; test keys have tenants of their own.
-- Events refer to tenant_key. Erasing a tenant removes its id, its salt and its settings for good; its events, their sums and
-- the commitment stay.
create table tenant (
    tenant_key          integer primary key,
    account_key         integer not null references account,
    is_test             integer not null check (is_test in (0, 1)),
    tenant_id           text    check (length(cast(tenant_id as blob)) between 1 and 128),
    salt                blob    check (length(salt) = 16),
    commitment          blob    not null check (length(commitment) = 32),  -- SHA-256 of salt and tenant_id
    created_at_ms       integer not null,
    name                text    check (length(cast(name as blob)) between 1 and 200),
    legal_name          text    check (length(cast(legal_name as blob)) between 1 and 200),  -- on reports
    language            text    check (language in ('en', 'fr', 'de')),    -- of its reports, unless a request names one
    lei                 text    check (length(lei) = 20),                  -- legal entity identifier, ISO 17442
    standard            text    check (standard in ('esrs-2023', 'esrs-2026')),  -- elected, for the year that has a choice
    region              text    check (length(cast(region as blob)) between 1 and 64),  -- of events that name none
    carbon_budget_grams integer check (carbon_budget_grams > 0),           -- a month; the account is alerted at 80 and 100 %
    targets             text    check (length(cast(targets as blob)) between 2 and 20000),  -- JSON array, by name; null: none
    erased_at_ms        integer,
    unique (account_key, is_test, tenant_id),
    unique (account_key, tenant_key),                        -- to be referred to with its account
    check (case when erased_at_ms is null
                then tenant_id is not null and salt is not null
                else coalesce(tenant_id, salt, name, legal_name, language, lei, standard, region, carbon_budget_grams,
                              targets) is null end)
) strict;

-- A deployment is a model at a provider in a region; '' where the event does not say.
-- The model's name is stored as it was sent: a later factor set may know a name that today's does not.
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
    select raise(abort, 'deployments are immutable');
end;

-- A tag is a name and a value on events of one tenant; the number of tags of a tenant is limited. Both are null once the
-- tenant is erased.
create table tag (
    tag_key     integer primary key,
    account_key integer not null references account,
    tenant_key  integer not null,
    name        text    check (length(cast(name as blob)) between 1 and 64),
    value       text    check (length(cast(value as blob)) between 1 and 128),
    commitment  blob    not null check (length(commitment) = 32),  -- SHA-256 of the tenant's salt, the name, a tab and the value
    unique (account_key, tenant_key, name, value),
    check ((name is null) = (value is null)),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

-- An event is one LLM call, or a record that stands for several, or the reversal of one, with negative counts.
-- Rows are only ever added; event_key is the order of arrival, without gaps.
-- The writer makes sure, with id_run, that an account uses an event_id once: a unique index would touch a random page with
-- every insert.
create table event (
    event_key                   integer primary key,
    account_key                 integer not null,            -- the account of its tenant, by the foreign keys below
    is_test                     integer not null check (is_test in (0, 1)),
    event_id                    any     not null,            -- 16 bytes for a UUID in its usual notation, else text
    tenant_key                  integer not null,
    deployment_key              integer not null,
    received_at_ms              integer not null,
    occurred_at_ms              integer,                     -- null: the sender gave no time, so received_at_ms counts
    input_tokens                integer not null,
    cache_read_input_tokens     integer not null,
    cache_creation_input_tokens integer not null,
    output_tokens               integer not null,
    reasoning_output_tokens     integer not null,
    tags                        text,                        -- tag_keys, ascending, comma-separated; null where none
    reverses                    integer references event,    -- the event that this one reverses
    calls                       integer check (calls >= 0 and calls <> 1),  -- how many calls it is; null: one, 0: nobody knows
    media                       text    check (length(media) between 1 and 400),  -- what is not text, as in images=2,audio_ms=1500; null where none
    crc32                       integer not null,            -- of the row's line, as a signed number: locates damage
    check (case when reverses is null
                then cache_read_input_tokens >= 0 and cache_creation_input_tokens >= 0
                 and cache_read_input_tokens + cache_creation_input_tokens <= input_tokens
                 and reasoning_output_tokens between 0 and output_tokens
                else cache_read_input_tokens <= 0 and cache_creation_input_tokens <= 0
                 and cache_read_input_tokens + cache_creation_input_tokens >= input_tokens
                 and reasoning_output_tokens between output_tokens and 0 end),
    foreign key (account_key, tenant_key)     references tenant (account_key, tenant_key),
    foreign key (account_key, deployment_key) references deployment (account_key, deployment_key)
) strict;

-- An event is reversed at most once.
create unique index event_is_reversed_once on event (reverses) where reverses is not null;

create trigger event_is_never_changed before update on event
begin
    select raise(abort, 'events are immutable');
end;

-- Months whose events were pruned: their sums, closings, Merkle roots, reports and seals stay.
create table pruned_month (
    month        text    primary key check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    events       integer not null,                           -- rows that were pruned, of all accounts
    pruned_at_ms integer not null
) strict;

-- The one way out: with its month, which is marked, and which an archive has.
create trigger event_is_never_deleted before delete on event
when not exists (select 1 from pruned_month join archive using (month)
                  where month = strftime('%Y-%m', coalesce(old.occurred_at_ms, old.received_at_ms) / 1000, 'unixepoch'))
begin
    select raise(abort, 'events are immutable');
end;

-- The index of event ids: a run holds the hashed ids of a range of events, sorted. The ids of events after the last run are in
-- the writer's memory. Derived from event, and can be rebuilt from it.
create table id_run (
    run_key         integer primary key,
    first_event_key integer not null,
    last_event_key  integer not null check (last_event_key >= first_event_key),
    first_page_key  integer not null,
    pages           integer not null check (pages > 0),
    filter          blob    not null                         -- binary fuse filter: rules out hashes not in the run
) strict;

-- A page of a run: entries of 12 bytes in ascending order: the hash (8 bytes, big-endian), then event_key - first_event_key
-- (4 bytes, big-endian).
create table id_page (
    page_key integer primary key,
    entries  blob    not null check (length(entries) % 12 = 0)
) strict;

-- A batch sent with an Idempotency-Key: the same key with different content is refused.
create table batch (
    account_key    integer not null references account,
    is_test        integer not null check (is_test in (0, 1)),
    batch_id       text    not null check (length(cast(batch_id as blob)) between 1 and 128),
    content_sha256 blob    not null check (length(content_sha256) = 32),  -- of the body, decompressed
    received_at_ms integer not null,
    primary key (account_key, is_test, batch_id)
) strict, without rowid;

-- Calls that spans have shown, for a day: another span of the same call is not counted again. Not sealed: it decides which
-- spans become events, and says nothing of those that did.
create table sighting (
    account_key integer not null references account,
    is_test     integer not null check (is_test in (0, 1)),
    digest      integer not null,  -- of what such a span has in common with others of its call
    scope       integer not null,  -- digest of the span's scope; 0 where it does not matter
    tenant      integer not null,  -- digest of the tenant that the span names; 0 if it names none
    started_us  integer not null,
    ended_us    integer not null,
    seen_at_ms  integer not null,
    primary key (account_key, is_test, digest, scope, tenant, started_us)
) strict, without rowid;
create index sighting_seen_at on sighting (seen_at_ms);

-- The last event that the sums below include. Later events are summed in the writer's memory, and again from the events when
-- the file is opened. Folding sums in once a second and before each read costs less than with every commit.
create table fold (
    fold_key       integer primary key check (fold_key = 1),
    last_event_key integer not null,
    -- Commits that failed, so that nobody knew whether they would be there after a restart. Counting one up overwrites what it
    -- left in the write-ahead log.
    failed_commits integer not null
) strict;

-- Sums of events by day: what reports and queries read.
-- hour is -1 for the day as a whole, and 0 to 23 (UTC) where the account has its calls summed by the hour: see hour_switch.
-- is_adjustment is 1 for events that arrived after their month was closed; the other sums of a closed month are final.
-- context_* add up, call by call, how many tokens lie before each token: context_output is the sum of
-- output x (2 x input + output), context_input the sum of fresh x (2 x cache read + fresh), fresh being the input that was not
-- read from a cache. Each stands in two columns, as high x 2^32 + low. Of events that may be of an unknown number of calls it
-- is not known; their tokens are context_unknown_tokens.
-- The columns behind them are what is not text: image and audio tokens are parts of the input and output tokens; images,
-- video and sound are counted beside them.
create table daily_usage (
    account_key                 integer not null references account,
    is_test                     integer not null check (is_test in (0, 1)),
    day                         integer not null,
    hour                        integer not null check (hour between -1 and 23),
    tenant_key                  integer not null,
    is_adjustment               integer not null check (is_adjustment in (0, 1)),
    deployment_key              integer not null,
    requests                    integer not null check (is_adjustment or requests >= 0),
    input_tokens                integer not null check (is_adjustment or input_tokens >= 0),
    cache_read_input_tokens     integer not null check (is_adjustment or cache_read_input_tokens >= 0),
    cache_creation_input_tokens integer not null check (is_adjustment or cache_creation_input_tokens >= 0),
    output_tokens               integer not null check (is_adjustment or output_tokens >= 0),
    reasoning_output_tokens     integer not null check (is_adjustment or reasoning_output_tokens >= 0),
    context_unknown_tokens      integer not null check (is_adjustment or context_unknown_tokens >= 0),
    context_output_high         integer not null check (is_adjustment or context_output_high >= 0),
    context_output_low          integer not null check (context_output_low between 0 and 4294967295),
    context_input_high          integer not null check (is_adjustment or context_input_high >= 0),
    context_input_low           integer not null check (context_input_low between 0 and 4294967295),
    input_image_tokens          integer not null check (is_adjustment or input_image_tokens >= 0),
    input_audio_tokens          integer not null check (is_adjustment or input_audio_tokens >= 0),
    output_image_tokens         integer not null check (is_adjustment or output_image_tokens >= 0),
    output_audio_tokens         integer not null check (is_adjustment or output_audio_tokens >= 0),
    images                      integer not null check (is_adjustment or images >= 0),
    image_pixels                integer not null check (is_adjustment or image_pixels >= 0),
    video_ms                    integer not null check (is_adjustment or video_ms >= 0),
    video_pixel_s              integer not null check (is_adjustment or video_pixel_s >= 0),
    audio_ms                    integer not null check (is_adjustment or audio_ms >= 0),
    primary key (account_key, is_test, day, tenant_key, is_adjustment, deployment_key, hour),
    foreign key (account_key, tenant_key)     references tenant (account_key, tenant_key),
    foreign key (account_key, deployment_key) references deployment (account_key, deployment_key)
) strict, without rowid;

-- The same by tag: an event with two tags counts in two of these sums.
create table daily_tag_usage (
    account_key                 integer not null references account,
    is_test                     integer not null check (is_test in (0, 1)),
    day                         integer not null,
    hour                        integer not null check (hour between -1 and 23),
    tag_key                     integer not null references tag,
    is_adjustment               integer not null check (is_adjustment in (0, 1)),
    deployment_key              integer not null,
    requests                    integer not null,
    input_tokens                integer not null,
    cache_read_input_tokens     integer not null,
    cache_creation_input_tokens integer not null,
    output_tokens               integer not null,
    reasoning_output_tokens     integer not null,
    context_unknown_tokens      integer not null,
    context_output_high         integer not null,
    context_output_low          integer not null check (context_output_low between 0 and 4294967295),
    context_input_high          integer not null,
    context_input_low           integer not null check (context_input_low between 0 and 4294967295),
    input_image_tokens          integer not null,
    input_audio_tokens          integer not null,
    output_image_tokens         integer not null,
    output_audio_tokens         integer not null,
    images                      integer not null,
    image_pixels                integer not null,
    video_ms                    integer not null,
    video_pixel_s              integer not null,
    audio_ms                    integer not null,
    primary key (account_key, is_test, day, tag_key, is_adjustment, deployment_key, hour),
    foreign key (account_key, deployment_key) references deployment (account_key, deployment_key)
) strict, without rowid;

-- The range of event_key in which the events of a month lie.
create table month_span (
    account_key     integer not null references account,
    is_test         integer not null check (is_test in (0, 1)),
    month           text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    is_adjustment   integer not null check (is_adjustment in (0, 1)),
    first_event_key integer not null,
    last_event_key  integer not null check (last_event_key >= first_event_key),
    events          integer not null check (events >= 1),    -- rows, reversals included
    reversals       integer not null check (reversals between 0 and events),
    primary key (account_key, is_test, month, is_adjustment)
) strict, without rowid;

-- Live events by the month in which they arrived, whatever month they are for: what is billed. Folded in like the sums.
create table intake (
    account_key     integer not null references account,
    month           text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    first_event_key integer not null,
    last_event_key  integer not null check (last_event_key >= first_event_key),
    events          integer not null check (events >= 1),    -- rows, reversals included
    reversals       integer not null check (reversals between 0 and events),
    primary key (account_key, month)
) strict, without rowid;

-- A closed month: its live events, factor set and figures are fixed. Later events of that month are adjustments.
create table closed_month (
    closed_month_key integer primary key,
    account_key      integer not null references account,
    month            text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    factor_set       text    not null,
    closed_at_ms     integer not null,
    last_event_key   integer not null,                       -- the last of all events when it was closed
    events           integer not null check (events >= 0),   -- rows of the month, reversals included
    reversals        integer not null check (reversals between 0 and events),
    merkle_root      blob    not null check (length(merkle_root) = 32),  -- RFC 9162, over the tenants' roots, by tenant_key
    unique (account_key, month)
) strict;

create trigger closed_month_is_never_changed before update on closed_month
begin
    select raise(abort, 'closed months are immutable');
end;

create trigger closed_month_is_never_deleted before delete on closed_month
begin
    select raise(abort, 'closed months are immutable');
end;

-- A tenant's share of a closed month.
create table closed_tenant (
    closed_month_key integer not null references closed_month,
    account_key      integer not null references account,
    tenant_key       integer not null,
    events           integer not null check (events >= 1),
    merkle_root      blob    not null check (length(merkle_root) = 32),  -- RFC 9162, over the lines of its events, by event_key
    figures          text    not null,                       -- JSON: the emissions of the month, in total and by model
    reversals        integer not null check (reversals between 0 and events),
    first_at_ms      integer not null,                       -- when the first of its events happened
    last_at_ms       integer not null,
    primary key (closed_month_key, tenant_key),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict, without rowid;

create trigger closed_tenant_is_never_changed before update on closed_tenant
begin
    select raise(abort, 'closed months are immutable');
end;

create trigger closed_tenant_is_never_deleted before delete on closed_tenant
begin
    select raise(abort, 'closed months are immutable');
end;

-- The restatement of a closed month, under another factor set or with its adjustments, and the reason for it.
create table restatement (
    restatement_key integer primary key,
    restatement_id  text    not null unique,                 -- UUID
    account_key     integer not null references account,
    month           text    not null,
    old_factor_set  text    not null,
    factor_set      text    not null,
    reason          text    not null check (length(cast(reason as blob)) between 1 and 500),
    created_at_ms   integer not null,
    last_event_key  integer not null,                        -- the last of all events when it was made
    foreign key (account_key, month) references closed_month (account_key, month)
) strict;

create index restatement_by_month on restatement (account_key, month);

create trigger restatement_is_never_changed before update on restatement
begin
    select raise(abort, 'restatements are immutable');
end;

create trigger restatement_is_never_deleted before delete on restatement
begin
    select raise(abort, 'restatements are immutable');
end;

-- A tenant's share of a restatement.
create table restated_tenant (
    restatement_key integer not null references restatement,
    account_key     integer not null references account,
    tenant_key      integer not null,
    old_figures     text    not null,                        -- JSON, as in closed_tenant: what was stated before
    figures         text    not null,                        -- JSON: what is stated now
    events          integer,                                 -- as in closed_tenant, up to the last event of the restatement; null: they were pruned
    merkle_root     blob    check (length(merkle_root) = 32),
    primary key (restatement_key, tenant_key),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict, without rowid;

create trigger restated_tenant_is_never_changed before update on restated_tenant
begin
    select raise(abort, 'restatements are immutable');
end;

create trigger restated_tenant_is_never_deleted before delete on restated_tenant
begin
    select raise(abort, 'restatements are immutable');
end;

-- An issued report, of a month or of the months up to a last one. Its bytes are stored, so every download is the same.
create table report (
    report_key    integer primary key,
    report_id     text    not null unique,                   -- UUID
    account_key   integer not null references account,
    tenant_key    integer not null,
    month         text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    last_month    text    not null check (last_month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]' and last_month >= month),
    language      text    not null check (language in ('en', 'fr', 'de')),
    revision      integer not null check (revision >= 1),
    status        text    not null check (status in ('provisional', 'final')),
    basis_sha256  text    not null check (length(basis_sha256) = 64),  -- of all inputs of the report
    pdf_sha256    text    not null check (length(pdf_sha256) = 64),
    pdf           blob,                                      -- null once its tenant is erased
    created_at_ms integer not null,
    restatement_id text,                                     -- the restatement it reports, if any
    unique (account_key, tenant_key, month, last_month, language, revision),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

-- Covers billing's query, which then does not read past the PDFs.
create index report_by_client on report (account_key, tenant_key, month, last_month, created_at_ms, report_id);

create trigger report_is_never_changed before update on report
when new.pdf is not null
     or (select erased_at_ms from tenant where tenant_key = old.tenant_key) is null
     or (new.report_key, new.report_id, new.account_key, new.tenant_key, new.month, new.last_month, new.language, new.revision,
         new.status, new.basis_sha256, new.pdf_sha256, new.created_at_ms, new.restatement_id)
        is not
        (old.report_key, old.report_id, old.account_key, old.tenant_key, old.month, old.last_month, old.language, old.revision,
         old.status, old.basis_sha256, old.pdf_sha256, old.created_at_ms, old.restatement_id)
begin
    select raise(abort, 'issued reports are immutable');
end;

create trigger report_is_never_deleted before delete on report
begin
    select raise(abort, 'issued reports are immutable');
end;

-- A logo that reports of an account show or once showed.
create table logo (
    logo_key    integer primary key,
    account_key integer not null references account,
    sha256      text    not null check (length(sha256) = 64),
    png         blob    not null,
    unique (account_key, sha256)
) strict;

-- How new reports of an account look, and its identifiers for machine-readable forms.
create table branding (
    account_key          integer primary key references account,
    accent               text,                               -- #rrggbb
    logo_sha256          text,
    up_to_1000_employees integer not null check (up_to_1000_employees in (0, 1)),
    lei                  text    check (length(lei) = 20),
    domain               text,
    contact_name         text,
    contact_address      text,                               -- an e-mail address, or a page on the web
    check (contact_name is null or contact_address is not null),
    foreign key (account_key, logo_sha256) references logo (account_key, sha256)
) strict;

-- A link that opens one tenant's dashboard until it expires or is revoked. Its token is the signed link_key.
create table dashboard_link (
    link_key      integer primary key,
    link_id       text    not null unique,                   -- UUID
    account_key   integer not null references account,
    tenant_key    integer not null,
    created_at_ms integer not null,
    expires_at_ms integer not null,
    revoked_at_ms integer,
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

create index dashboard_link_of_tenant on dashboard_link (account_key, tenant_key);

-- The months in which a tenant's dashboard was opened, with the first time: what is billed.
create table dashboard_month (
    dashboard_month_key integer primary key,
    account_key         integer not null references account,
    month               text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    tenant_key          integer not null,
    link_key            integer not null references dashboard_link,
    opened_at_ms        integer not null,
    unique (account_key, month, tenant_key),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

create trigger dashboard_month_is_never_changed before update on dashboard_month
begin
    select raise(abort, 'opened dashboards are immutable');
end;

create trigger dashboard_month_is_never_deleted before delete on dashboard_month
begin
    select raise(abort, 'opened dashboards are immutable');
end;

-- The operator's prices from noted_at_ms on. A month is billed at the prices in force when it began.
create table price_list (
    price_list_key integer primary key,
    noted_at_ms    integer not null,
    currency       text    not null check (length(currency) = 3),  -- ISO 4217
    free_events    integer not null check (free_events >= 0),
    per_event      text    not null,                         -- decimal, as are the next two
    per_report     text    not null,
    per_dashboard  text    not null
) strict;

create trigger price_list_is_never_changed before update on price_list
begin
    select raise(abort, 'price lists are immutable');
end;

create trigger price_list_is_never_deleted before delete on price_list
begin
    select raise(abort, 'price lists are immutable');
end;

-- Where the alerts of an account are sent.
create table webhook (
    account_key   integer primary key references account,
    url           text    not null,
    secret        blob    not null check (length(secret) = 32),  -- we sign with it, so it is stored
    created_at_ms integer not null
) strict;

-- The outbox: messages to others, of whatever kind. A message is retried until the receiver acknowledges it or it is given
-- up; then its payload is dropped.
create table outbox_message (
    outbox_message_key integer primary key,
    account_key        integer not null references account,
    kind               text    not null check (kind in ('alert', 'checkpoint', 'pact_answer', 'report', 'time_stamp')),  -- decides who sends it, and where to
    message_id         text    not null unique,              -- the receiver's name for it, the same on every attempt
    receiver_key       integer,                              -- pact_answer: pact_client_key; else null: the account itself
    tenant_key         integer,                              -- the tenant it is about, if any: erased with it
    payload            text,                                 -- JSON; null once delivered, given up, withdrawn or erased
    created_at_ms      integer not null,
    attempts           integer not null check (attempts >= 0),
    next_attempt_at_ms integer,                              -- null where nothing is left to do
    delivered_at_ms    integer,
    last_error         text,                                 -- of the last attempt, where that failed
    unique (account_key, outbox_message_key),                -- to be referred to with its account
    check ((payload is null) = (next_attempt_at_ms is null)),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

create index outbox_message_due on outbox_message (next_attempt_at_ms) where next_attempt_at_ms is not null;
create index outbox_message_of_receiver on outbox_message (account_key, kind, receiver_key) where payload is not null;

-- A threshold that was passed; each is reported once. Its message is in the outbox.
create table alert (
    alert_key          integer primary key,
    account_key        integer not null references account,
    kind               text    not null check (kind in ('free_events', 'carbon_budget')),
    tenant_key         integer,                              -- whose carbon budget it is
    month              text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    percent            integer not null,
    outbox_message_key integer not null,
    unique (account_key, outbox_message_key),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key),
    foreign key (account_key, outbox_message_key) references outbox_message (account_key, outbox_message_key) on delete cascade
) strict;

create unique index alert_is_given_once on alert (account_key, kind, coalesce(tenant_key, 0), month, percent);

-- Which reports of an account are made each month without being asked for. No figure rests on it.
create table report_schedule (
    account_key   integer primary key references account,
    day_of_month  integer not null check (day_of_month between 1 and 28),  -- UTC; on it, the reports of the month before are made
    languages     text,                                      -- JSON array; null: each client's own
    every_tenant  integer not null check (every_tenant in (0, 1)),         -- else those in scheduled_tenant
    closes_month  integer not null check (closes_month in (0, 1)),
    coverage_min  text,                                      -- decimal above 0, at most 1: a run waits while a client has less; null: it never does
    year_ends_in  integer check (year_ends_in between 1 and 12),           -- the last month of financial years; null: no statement of a year
    first_month   text    not null check (first_month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    created_at_ms integer not null,
    changed_at_ms integer not null
) strict;

-- The tenants of a schedule that is not for every one.
create table scheduled_tenant (
    account_key integer not null references report_schedule on delete cascade,
    tenant_key  integer not null,
    primary key (account_key, tenant_key),
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

-- What a schedule does about a month, once. One server at a time works on it; another goes on where that ended.
create table schedule_run (
    schedule_run_key   integer primary key,
    account_key        integer not null references account,
    run_id             text    not null unique,              -- UUID
    month              text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    state              text    not null check (state in ('waiting', 'closing', 'issuing', 'issued', 'failed', 'skipped')),
    coverage           text,                                 -- decimal: the lowest of a client when it was last looked at
    problem            text,                                 -- what it waits for, or what failed; names no tenant
    what_to_do         text,
    started_at_ms      integer not null,
    issuing_since_ms   integer,
    changed_at_ms      integer not null,
    takes              integer not null check (takes >= 0),  -- how often a server took it: who took it before has lost it
    next_attempt_at_ms integer,                              -- while a server works on it: when it has lost it; null once it has ended
    unique (account_key, schedule_run_key),                  -- to be referred to with its account
    unique (account_key, month),
    check ((state in ('issued', 'failed', 'skipped')) = (next_attempt_at_ms is null)),
    check ((problem is null) = (what_to_do is null))
) strict;

create index schedule_run_due on schedule_run (next_attempt_at_ms) where next_attempt_at_ms is not null;

-- A report of a run: to be made while it has neither a report nor a problem.
create table schedule_run_report (
    account_key        integer not null references account,
    schedule_run_key   integer not null,
    tenant_key         integer not null,
    first_month        text    not null check (first_month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),  -- that of the run, or the first of its financial year
    language           text    not null,
    report_id          text,
    problem            text,                                 -- why it could not be made
    outbox_message_key integer,                              -- its report.issued, where the account had a webhook
    primary key (account_key, schedule_run_key, tenant_key, first_month, language),
    check (report_id is null or problem is null),
    foreign key (account_key, schedule_run_key)   references schedule_run (account_key, schedule_run_key),
    foreign key (account_key, tenant_key)         references tenant (account_key, tenant_key),
    foreign key (account_key, outbox_message_key) references outbox_message (account_key, outbox_message_key)
) strict;

-- An OAuth2 client that may fetch one tenant's footprints (PACT) until it is revoked.
create table pact_client (
    pact_client_key       integer primary key,
    client_id             text    not null unique,           -- UUID
    account_key           integer not null references account,
    tenant_key            integer not null,
    label                 text    not null check (length(cast(label as blob)) <= 100),
    secret_sha256         blob    not null check (length(secret_sha256) = 32),
    created_at_ms         integer not null,
    revoked_at_ms         integer,
    answers_url           text,                              -- base URL of its own PACT API, where requests are answered
    answers_token_url     text,                              -- where we get tokens for that; null: at the usual place
    answers_client_id     text,                              -- all four are null where it has no API or is revoked
    answers_client_secret text,                              -- we send it, so it is stored
    unique (account_key, pact_client_key),                   -- to be referred to with its account
    foreign key (account_key, tenant_key) references tenant (account_key, tenant_key)
) strict;

create index pact_client_of_tenant on pact_client (account_key, tenant_key);

-- Events from such a client, each once. The answer to a request is in the outbox.
create table pact_event (
    pact_event_key     integer primary key,
    account_key        integer not null references account,
    pact_client_key    integer not null,
    source             text    not null,
    event_id           text    not null,
    kind               text    not null check (kind in ('published', 'request_created', 'request_fulfilled', 'request_rejected')),
    received_at_ms     integer not null,
    outbox_message_key integer,                              -- of a request_created
    unique (account_key, pact_client_key, source, event_id),
    unique (account_key, outbox_message_key),
    foreign key (account_key, pact_client_key)    references pact_client (account_key, pact_client_key),
    foreign key (account_key, outbox_message_key) references outbox_message (account_key, outbox_message_key)
) strict;

-- How calls imported from other tools (spans, LiteLLM) are assigned to a tenant. No row: the defaults.
create table source_setting (
    account_key           integer primary key references account,
    default_tenant_id     text    check (length(cast(default_tenant_id as blob)) between 1 and 128),  -- null: such calls are refused
    span_attributes       text    not null,                  -- JSON array: attributes that name the tenant, first match wins
    litellm_fields        text    not null,                  -- JSON array: the same for fields of LiteLLM's records
    ignored_scopes        text    not null                   -- JSON array: instrumentation scopes whose spans are ignored
) strict;

-- A set of factors that the operator has added to those that ship with the program.
create table factor_set (
    factor_set_key integer primary key,
    version        text    not null unique check (length(cast(version as blob)) between 1 and 40),
    sha256         text    not null check (length(sha256) = 64),  -- of its tables, as results state it
    archive        blob    not null,                         -- a zip of the tables, as it was added
    signature      blob,                                     -- over the archive: ECDSA with SHA-256, DER
    certificate    text,                                     -- of the key that signed: X.509, PEM
    added_at_ms    integer not null,
    check ((signature is null) = (certificate is null))
) strict;

create trigger factor_set_is_never_changed before update on factor_set
begin
    select raise(abort, 'factor sets are immutable');
end;

create trigger factor_set_is_never_deleted before delete on factor_set
begin
    select raise(abort, 'factor sets are immutable');
end;

-- What an account says of names in its own calls. Each row is a change to its own registry, whose revision is the number of
-- its rows: a row replaces an earlier one of the same kind, name and first day.
create table own_entry (
    own_entry_key integer primary key,
    account_key   integer not null references account,
    revision      integer not null check (revision >= 1),
    kind          text    not null check (kind in ('alias', 'model', 'measured', 'grid_series')),
    name          text    not null check (length(cast(name as blob)) between 1 and 257),  -- of a model, or with * behind it
    valid_from    text    not null,                          -- YYYY-MM-DD, or empty
    entry         text,                                      -- JSON; null: it is taken away
    entered_by    text    not null,
    entered_at_ms integer not null,
    unique (account_key, revision)
) strict;

create trigger own_entry_is_never_changed before update on own_entry
begin
    select raise(abort, 'own entries are immutable');
end;

create trigger own_entry_is_never_deleted before delete on own_entry
begin
    select raise(abort, 'own entries are immutable');
end;

-- When an account had its calls summed by the hour: each row holds for its events behind last_event_key, until the next. A
-- reversal is summed as what it reverses.
create table hour_switch (
    hour_switch_key integer primary key,
    account_key     integer not null references account,
    is_on           integer not null check (is_on in (0, 1)),
    last_event_key  integer not null check (last_event_key >= 0),
    changed_by      text    not null,
    changed_at_ms   integer not null
) strict;

create index hour_switch_of_account on hour_switch (account_key, hour_switch_key);

create trigger hour_switch_is_never_changed before update on hour_switch
begin
    select raise(abort, 'switches to hours are immutable');
end;

create trigger hour_switch_is_never_deleted before delete on hour_switch
begin
    select raise(abort, 'switches to hours are immutable');
end;

-- Windows of a served model: the joules that a meter read and the tokens that a server counted in the same time. Null: not
-- read, or not counted; never zero. Windows of one name and meter do not overlap: the writer makes sure. What was taken back
-- stays, for the entries that were made from it, and is in the way of no other window.
create table energy_window (
    energy_window_key       integer primary key,
    account_key             integer not null references account,
    served_name             text    not null check (length(cast(served_name as blob)) between 1 and 256),  -- in lower case
    meter                   text    not null check (length(cast(meter as blob)) between 1 and 128),
    scope                   text    not null check (scope in ('accelerator', 'accelerator_and_host', 'node')),
    from_ms                 integer not null,
    to_ms                   integer not null check (to_ms > from_ms),
    accelerator_uj          integer check (accelerator_uj > 0),     -- microjoules
    host_uj                 integer check (host_uj > 0),
    node_uj                 integer check (node_uj > 0),
    input_tokens            integer not null check (input_tokens >= 0),
    cache_read_input_tokens integer check (cache_read_input_tokens between 0 and input_tokens),
    output_tokens           integer not null check (output_tokens >= 0),
    requests                integer check (requests >= 0),
    context_sum             integer check (context_sum >= 0),       -- over the calls: output x (2 x input + output)
    sha256                  blob    not null check (length(sha256) = 32),  -- of the name and the window's line
    received_at_ms          integer not null,
    withdrawn_at_ms         integer                                 -- null: it counts
) strict;

create unique index energy_window_counts_once on energy_window (account_key, sha256) where withdrawn_at_ms is null;
create unique index energy_window_of_meter on energy_window (account_key, served_name, meter, from_ms)
    where withdrawn_at_ms is null;
create index energy_window_of_name on energy_window (account_key, served_name);

-- The one change to a window: it is taken back.
create trigger energy_window_is_never_changed before update on energy_window
when old.withdrawn_at_ms is not null or new.withdrawn_at_ms is null
     or (new.energy_window_key, new.account_key, new.served_name, new.meter, new.scope, new.from_ms, new.to_ms,
         new.accelerator_uj, new.host_uj, new.node_uj, new.input_tokens, new.cache_read_input_tokens, new.output_tokens,
         new.requests, new.context_sum, new.sha256, new.received_at_ms)
        is not
        (old.energy_window_key, old.account_key, old.served_name, old.meter, old.scope, old.from_ms, old.to_ms,
         old.accelerator_uj, old.host_uj, old.node_uj, old.input_tokens, old.cache_read_input_tokens, old.output_tokens,
         old.requests, old.context_sum, old.sha256, old.received_at_ms)
begin
    select raise(abort, 'windows are immutable');
end;

create trigger energy_window_is_never_deleted before delete on energy_window
begin
    select raise(abort, 'windows are immutable');
end;

-- A contract that says where electricity is from: guarantees of origin, certificates, a purchase agreement, a supplier's mix. Its
-- certificates and its document are never stored, only their digests. What was withdrawn stays, for the closed months that it is
-- in, and counts for no other.
create table instrument (
    instrument_key         integer primary key,
    account_key            integer not null references account,
    instrument_id          text    not null check (length(instrument_id) = 36),  -- UUID
    kind                   text    not null check (kind in ('go', 'rec', 'ppa', 'supplier_mix')),
    provider               text    not null,                  -- whose electricity it may cover; '': that of any
    zone                   text    not null check (length(zone) between 2 and 8),  -- of the grid
    period_from            text    not null check (period_from glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
    period_to              text    not null check (period_to glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]' and period_to >= period_from),
    wh                     integer not null check (wh between 1 and 1000000000000000),
    g_per_kwh              text    not null,                  -- decimal
    vintage                integer not null,                  -- year of production
    certificate_ids_sha256 blob    not null check (length(certificate_ids_sha256) = 32),
    document_sha256        blob    not null check (length(document_sha256) = 32),
    source                 text    not null,
    licence                text    not null,
    entered_by             text    not null,
    entered_at_ms          integer not null,
    withdrawn_at_ms        integer,                           -- null: it counts
    unique (account_key, instrument_id),
    unique (account_key, instrument_key)                      -- to be referred to with its account
) strict;

create unique index instrument_counts_once on instrument (account_key, certificate_ids_sha256) where withdrawn_at_ms is null;

-- The one change to an instrument: it is withdrawn.
create trigger instrument_is_never_changed before update on instrument
when old.withdrawn_at_ms is not null or new.withdrawn_at_ms is null
     or (new.instrument_key, new.account_key, new.instrument_id, new.kind, new.provider, new.zone, new.period_from, new.period_to,
         new.wh, new.g_per_kwh, new.vintage, new.certificate_ids_sha256, new.document_sha256, new.source, new.licence,
         new.entered_by, new.entered_at_ms)
        is not
        (old.instrument_key, old.account_key, old.instrument_id, old.kind, old.provider, old.zone, old.period_from, old.period_to,
         old.wh, old.g_per_kwh, old.vintage, old.certificate_ids_sha256, old.document_sha256, old.source, old.licence,
         old.entered_by, old.entered_at_ms)
begin
    select raise(abort, 'instruments are immutable');
end;

create trigger instrument_is_never_deleted before delete on instrument
begin
    select raise(abort, 'instruments are immutable');
end;

-- Watt hours of an instrument for one tenant and month. Those that count are never more than the instrument has: the writer makes
-- sure. It names tenants by number alone, so it stays when one is erased.
create table instrument_allocation (
    instrument_allocation_key integer primary key,
    account_key               integer not null references account,
    instrument_key            integer not null,
    tenant_key                integer not null,
    month                     text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    wh                        integer not null check (wh between 1 and 1000000000000000),
    entered_at_ms             integer not null,
    withdrawn_at_ms           integer,                        -- null: it counts
    foreign key (account_key, instrument_key) references instrument (account_key, instrument_key),
    foreign key (account_key, tenant_key)     references tenant (account_key, tenant_key)
) strict;

create unique index instrument_allocation_counts_once on instrument_allocation (account_key, instrument_key, tenant_key, month)
    where withdrawn_at_ms is null;
create index instrument_allocation_of_month on instrument_allocation (account_key, tenant_key, month);

create trigger instrument_allocation_is_never_changed before update on instrument_allocation
when old.withdrawn_at_ms is not null or new.withdrawn_at_ms is null
     or (new.instrument_allocation_key, new.account_key, new.instrument_key, new.tenant_key, new.month, new.wh, new.entered_at_ms)
        is not
        (old.instrument_allocation_key, old.account_key, old.instrument_key, old.tenant_key, old.month, old.wh, old.entered_at_ms)
begin
    select raise(abort, 'allocations are immutable');
end;

create trigger instrument_allocation_is_never_deleted before delete on instrument_allocation
begin
    select raise(abort, 'allocations are immutable');
end;

-- What an account has imported of residual mixes. The newest row of a zone and year counts; one without grams takes it away.
create table residual_mix (
    residual_mix_key integer primary key,
    account_key      integer not null references account,
    zone             text    not null check (length(zone) between 2 and 8),
    year             integer not null check (year between 2000 and 2200),
    g_per_kwh        text    check (g_per_kwh <> '0'),        -- decimal
    source           text    not null,
    licence          text    not null,
    document_sha256  blob    check (length(document_sha256) = 32),
    entered_by       text    not null,
    entered_at_ms    integer not null,
    check ((g_per_kwh is null) = (document_sha256 is null))
) strict;

create index residual_mix_of_year on residual_mix (account_key, year, zone);

create trigger residual_mix_is_never_changed before update on residual_mix
begin
    select raise(abort, 'residual mixes are immutable');
end;

create trigger residual_mix_is_never_deleted before delete on residual_mix
begin
    select raise(abort, 'residual mixes are immutable');
end;

-- What a cloud says that an account's services emitted, by its own export. A file is imported once. For a provider's month of an
-- account there the newest file counts.
create table supplier_report (
    supplier_report_key integer primary key,
    account_key         integer not null references account,
    provider            text    not null check (provider in ('aws', 'azure', 'google')),
    account_ref         text    not null,                     -- the cloud's name of the account; '' where it does not say
    service             text    not null,                     -- in the cloud's words
    region              text    not null,                     -- in the cloud's words; '' where it does not say
    month               text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    kg_location         text,                                 -- decimal; null where it does not say
    kg_market           text,                                 -- decimal; null where it does not say
    method_version      text    not null,                     -- of the cloud's method; '' where it does not say
    licence             text    not null,
    file_sha256         blob    not null check (length(file_sha256) = 32),
    imported_by         text    not null,
    imported_at_ms      integer not null,
    check (kg_location is not null or kg_market is not null)
) strict;

create unique index supplier_report_is_imported_once
    on supplier_report (account_key, file_sha256, provider, account_ref, service, region, month, method_version);
create index supplier_report_of_month on supplier_report (account_key, month);

create trigger supplier_report_is_never_changed before update on supplier_report
begin
    select raise(abort, 'supplier reports are immutable');
end;

create trigger supplier_report_is_never_deleted before delete on supplier_report
begin
    select raise(abort, 'supplier reports are immutable');
end;

-- Digests of rows that may change, and that reports, forms or invoices rest on: one is added each time such a row is written,
-- and the newest must be that of the row. A tenant's is made with its salt.
create table row_digest (
    row_digest_key integer primary key,
    account_key    integer not null references account,
    subject        text    not null check (subject in ('tenant', 'branding')),
    subject_key    integer not null,                         -- tenant: tenant_key; branding: account_key
    sha256         blob    not null check (length(sha256) = 32)
) strict;

create index row_digest_of_row on row_digest (account_key, subject, subject_key);

create trigger row_digest_is_never_changed before update on row_digest
begin
    select raise(abort, 'digests of rows are immutable');
end;

create trigger row_digest_is_never_deleted before delete on row_digest
begin
    select raise(abort, 'digests of rows are immutable');
end;

-- Time stamps (RFC 3161) of an independent authority, each over the digest of a seal that a final report names: it was there at
-- that time. They arrive after the seal, and later seals cover them.
create table time_stamp (
    time_stamp_key integer primary key,
    seal_key       integer not null unique check (seal_key >= 1),
    token          blob    not null check (length(token) between 1 and 65536),  -- DER, with the certificate of who signed
    received_at_ms integer not null
) strict;

create trigger time_stamp_is_never_changed before update on time_stamp
begin
    select raise(abort, 'time stamps are immutable');
end;

create trigger time_stamp_is_never_deleted before delete on time_stamp
begin
    select raise(abort, 'time stamps are immutable');
end;

-- Archives: the events of a closed month, of all accounts, as one file outside the ledger. The newest row of a month counts.
create table archive (
    archive_key     integer primary key,
    month           text    not null check (month glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]'),
    events          integer not null check (events >= 1),   -- rows in it
    first_event_key integer not null,
    last_event_key  integer not null check (last_event_key >= first_event_key),
    bytes           integer not null check (bytes >= 1),
    sha256          blob    not null check (length(sha256) = 32),  -- of the file
    place           text    not null check (length(cast(place as blob)) between 1 and 4096),  -- where it was written: a folder, or s3:// and a bucket
    name            text    not null check (length(cast(name as blob)) between 1 and 255),
    archived_at_ms  integer not null
) strict;

create index archive_of_month on archive (month);

create trigger archive_is_never_changed before update on archive
begin
    select raise(abort, 'archives are immutable');
end;

create trigger archive_is_never_deleted before delete on archive
begin
    select raise(abort, 'archives are immutable');
end;

-- The order of seals under signed checkpoints: each row adds those of a book up to a seal, behind what was added of it before.
create table seal_log (
    seal_log_key  integer primary key,
    book_number   integer not null,                         -- 1: a file is one book
    last_seal_key integer not null check (last_seal_key >= 1),
    unique (book_number, last_seal_key)
) strict;

create trigger seal_log_is_never_changed before update on seal_log
begin
    select raise(abort, 'rows of the log of seals are immutable');
end;

create trigger seal_log_is_never_deleted before delete on seal_log
begin
    select raise(abort, 'rows of the log of seals are immutable');
end;

-- The hash chain over all of the above: one row for each commit that added to it, with the highest key of each table then.
-- What is hashed: docs/ledger.md, Seals.
create table seal (
    seal_key                 integer primary key,
    last_event_key           integer not null,
    last_account_key         integer not null,
    last_tenant_key          integer not null,
    last_deployment_key      integer not null,
    last_tag_key             integer not null,
    last_closed_month_key    integer not null,
    last_restatement_key     integer not null,
    last_report_key          integer not null,
    last_own_entry_key       integer not null,
    last_hour_switch_key     integer not null,
    last_energy_window_key   integer not null,
    last_instrument_key      integer not null,
    last_instrument_allocation_key integer not null,
    last_residual_mix_key    integer not null,
    last_supplier_report_key integer not null,
    last_price_list_key      integer not null,
    last_factor_set_key      integer not null,
    last_logo_key            integer not null,
    last_dashboard_link_key  integer not null,
    last_dashboard_month_key integer not null,
    last_row_digest_key      integer not null,
    last_time_stamp_key      integer not null,
    last_archive_key         integer not null,
    sha256                   blob    not null check (length(sha256) = 32),
    version                  integer not null check (version in (1, 2)), -- 1: a digest of lines; 2: of a Merkle tree
    salt                     blob    check (length(salt) = 16),          -- random; the leaves' own salts follow from it
    events                   blob,                                       -- hashes of the leaves of events, where a month was closed or restated
    check ((salt is null) = (version = 1))
) strict;

create trigger seal_is_never_changed before update on seal
begin
    select raise(abort, 'seals are immutable');
end;

create trigger seal_is_never_deleted before delete on seal
begin
    select raise(abort, 'seals are immutable');
end;
