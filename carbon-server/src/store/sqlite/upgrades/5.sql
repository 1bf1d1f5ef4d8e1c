-- From schema version 5 to 6: how calls find their tenant that are told of by others.

create table source_setting (
    account_key           integer primary key references account,
    default_tenant_id     text    check (length(cast(default_tenant_id as blob)) between 1 and 128),
    span_attributes       text    not null,
    litellm_fields        text    not null
) strict;
