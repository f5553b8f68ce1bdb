-- The catalog of Apache Iceberg, with the tables and columns that its clients expect (JDBC, V1).
do $$
begin
    if not exists (select from pg_namespace where nspname = 'iceberg') then
        create schema iceberg authorization stockpulse_owner;
    end if;
end $$;

set local role stockpulse_owner;

comment on schema iceberg is 'The catalog of the archive: which file describes each of its tables.';
grant usage on schema iceberg to stockpulse_reader, stockpulse_loader;

create table iceberg.iceberg_tables (
    catalog_name varchar(255) not null,
    table_namespace varchar(255) not null,
    table_name varchar(255) not null,
    metadata_location varchar(1000),
    previous_metadata_location varchar(1000),
    iceberg_type varchar(5),
    constraint iceberg_tables_pkey primary key (catalog_name, table_namespace, table_name)
);

comment on table iceberg.iceberg_tables is
'One row per table of the archive; a commit is a change of metadata_location.';
comment on column iceberg.iceberg_tables.metadata_location is
'The file that describes the table now.';
comment on column iceberg.iceberg_tables.previous_metadata_location is 'The one before it.';
comment on column iceberg.iceberg_tables.iceberg_type is 'TABLE or VIEW.';

create table iceberg.iceberg_namespace_properties (
    catalog_name varchar(255) not null,
    namespace varchar(255) not null,
    property_key varchar(255) not null,
    property_value varchar(1000) not null,
    constraint iceberg_namespace_properties_pkey
    primary key (catalog_name, namespace, property_key)
);

comment on table iceberg.iceberg_namespace_properties is
'Namespaces of the archive, and facts of them.';

grant select on iceberg.iceberg_tables, iceberg.iceberg_namespace_properties
to stockpulse_reader, stockpulse_loader;

create table ops.archives (
    relation text collate "C" not null,
    day date not null,
    snapshot bigint not null,
    change bigint not null,
    "rows" bigint not null,
    checksum text not null,
    bytes bigint not null,
    archived_at timestamptz not null default clock_timestamp(),
    verified_at timestamptz,
    constraint archives_pkey primary key (relation, day, snapshot),
    constraint archives_rows_not_negative check ("rows" >= 0)
);

comment on table ops.archives is
'Snapshots of the archive: one row each time that a day of a relation was written to it.';
comment on column ops.archives.relation is
'Name in the schema market; amendments for ops.amendments.';
comment on column ops.archives.day is 'Day in UTC.';
comment on column ops.archives.snapshot is
'Id of the Iceberg snapshot that has the day like this; 0: it has no rows and never had.';
comment on column ops.archives.change is
'The newest number of ops.changes whose change is in it; 0: there was none.';
comment on column ops.archives."rows" is 'Rows of the day.';
comment on column ops.archives.checksum is
'Of all its values in the order of the archive, but for quotients.';
comment on column ops.archives.bytes is 'Size of its files.';
comment on column ops.archives.archived_at is 'The day was like this then.';
comment on column ops.archives.verified_at is
'When it was read back and found equal; null: it has not been.';

create table ops.restored_days (
    relation text collate "C" not null,
    day date not null,
    restored_at timestamptz not null default clock_timestamp(),
    constraint restored_days_pkey primary key (relation, day),
    constraint restored_days_relation foreign key (relation) references ops.lifecycle (relation)
);

comment on table ops.restored_days is
'Days that came back from the archive: retention leaves them alone until they are released.';
comment on column ops.restored_days.relation is 'trades or quotes.';
comment on column ops.restored_days.day is 'Day in UTC.';
comment on column ops.restored_days.restored_at is 'When it came back.';

grant select on ops.archives, ops.restored_days to stockpulse_loader;

-- include functions/ops.hold_restored.sql

create trigger restored_days_held
after insert or delete on ops.restored_days
for each row execute function ops.hold_restored();

-- include functions/ops.settled_days.sql

reset role;
