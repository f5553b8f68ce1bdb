-- The catalog of the schemas, one fact per row: (object, position among its facts, fact).
with
schemas as (
    select
        oid,
        nspname
    from pg_namespace
    where nspname in ('legacy', 'market', 'ops')
),
stores as ( -- the numbered hypertables behind candle relations
    select
        format('%I.%I', view_schema, view_name) as shown,
        format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
            as store,
        view_definition,
        materialized_only
    from timescaledb_information.continuous_aggregates
),
relations as (
    select
        format('%s.%I', nspname, relname) as name,
        case
            when shown is not null then 'continuous aggregate'
            when relkind = 'r' then 'table'
            when relkind = 'v' then 'view'
            when relkind = 'S' then 'sequence'
            when relkind = 'c' then 'type'
        end as kind,
        class.*,
        regexp_replace( -- numbers of hypertables depend on what was made before
            coalesce(stores.view_definition, pg_get_viewdef(class.oid)),
            'cagg_watermark\(\d+\)', 'cagg_watermark(...)', 'g'
        ) as definition,
        stores.materialized_only,
        coalesce(store::regclass, class.oid) as store_oid
    from pg_class as class
    inner join schemas on class.relnamespace = schemas.oid
    left join stores on format('%I.%I', nspname, relname) = shown
    where relkind in ('r', 'v', 'S', 'c')
),
routines as (
    select
        format(
            '%s %s.%I(%s)',
            case prokind when 'p' then 'procedure' else 'function' end,
            nspname, proname, pg_get_function_identity_arguments(proc.oid)
        ) as name,
        proc.*
    from pg_proc as proc
    inner join schemas on proc.pronamespace = schemas.oid
),
acls as (
    select
        'schema ' || nspname as object,
        nspowner as owner,
        nspacl as acl,
        null as columns
    from pg_namespace where nspname in ('legacy', 'market', 'ops')
    union all
    select kind || ' ' || name, relowner, relacl, null from relations
    union all
    select kind || ' ' || name, relowner, attacl, format(' (%I)', attname)
    from relations
    inner join pg_attribute on attrelid = relations.oid
    where attacl is not null
    union all
    select name, proowner, coalesce(proacl, acldefault('f', proowner)), null from routines
),
grants as (
    select
        object,
        coalesce(nullif(grantee, 0)::regrole::text, 'public') as grantee,
        string_agg(lower(privilege_type) || coalesce(columns, ''), ', ' order by privilege_type, columns)
            as privileges
    from acls
    cross join aclexplode(acl) as item
    where item.grantee <> acls.owner
    group by acls.object, item.grantee
)
select 'schema ' || nspname, 0, 'owner ' || nspowner::regrole from pg_namespace
where nspname in ('legacy', 'market', 'ops')
union all
select 'schema ' || nspname, 9, 'comment: ' || obj_description(oid, 'pg_namespace') from schemas
union all
select kind || ' ' || name, 0, 'owner ' || relowner::regrole from relations
where relkind <> 'c'
union all
select
    kind || ' ' || name,
    attnum,
    concat_ws(
        ' ',
        'column', attname, format_type(atttypid, atttypmod),
        case when attcollation not in (0, 100) then
            (select format('collate %I', collname) from pg_collation where oid = attcollation)
        end,
        case when attnotnull then 'not null' end,
        case attidentity when 'a' then 'generated always as identity' end,
        'default ' || pg_get_expr(adbin, adrelid),
        '-- ' || col_description(attrelid, attnum)
    )
from relations
inner join pg_attribute on attrelid = relations.oid
left join pg_attrdef on adrelid = attrelid and adnum = attnum
where attnum > 0 and not attisdropped and relkind <> 'S'
union all
select kind || ' ' || name, 1000, format('constraint %I %s', conname, pg_get_constraintdef(con.oid))
from relations
inner join pg_constraint as con on conrelid = relations.oid
where contype in ('p', 'u', 'c', 'f')
union all
select
    kind || ' ' || name,
    1001,
    regexp_replace(
        regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (.*) ON .* USING', '\1 using'),
        '_materialized_hypertable_\d+', 'candles'
    )
from relations
inner join pg_index on indrelid = store_oid
union all
select kind || ' ' || name, 1002, 'trigger ' || pg_get_triggerdef(trig.oid)
from relations
inner join pg_trigger as trig on tgrelid = relations.oid
where not tgisinternal and tgname <> 'ts_insert_blocker'
union all
select kind || ' ' || name, 1003, 'option ' || unnest(reloptions) from relations
where relkind = 'r'
union all
select kind || ' ' || name, 1004, 'chunks of ' || time_interval || ' on ' || quote_ident(column_name)
from relations
inner join timescaledb_information.dimensions
    on format('%I.%I', hypertable_schema, hypertable_name)::regclass = store_oid
union all
select
    kind || ' ' || name, 1005,
    concat_ws(' ', 'columnstore segmentby', segmentby, 'orderby', orderby)
from relations
inner join timescaledb_information.hypertable_columnstore_settings on hypertable = store_oid
union all
select kind || ' ' || name, 1007, 'materialized only: ' || materialized_only from relations
where materialized_only is not null
union all
select
    coalesce(kind || ' ' || name, 'jobs'),
    1006,
    concat_ws(
        ' ',
        'job', proc_schema || '.' || proc_name, 'every', schedule_interval, 'by', owner,
        config - 'hypertable_id' - 'mat_hypertable_id'
    )
from timescaledb_information.jobs
left join relations
    on quote_ident(hypertable_schema) || '.' || quote_ident(hypertable_name)
        in (name, store_oid::regclass::text)
where hypertable_name is not null or proc_schema = 'ops'
union all
select kind || ' ' || name, 1100, definition from relations
where relkind = 'v'
union all
select kind || ' ' || name, 2001, 'comment: ' || obj_description(oid, 'pg_class')
from relations where relkind <> 'c'
union all
select 'type ' || name, 2001, 'comment: ' || obj_description(reltype, 'pg_type')
from relations where relkind = 'c'
union all
select
    name,
    0,
    concat_ws(
        ', ',
        'returns ' || pg_get_function_result(oid),
        (select lanname from pg_language where pg_language.oid = prolang),
        case when prokind = 'f' then
            case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end
        end,
        case when prosecdef then 'security definer' end,
        case when proparallel = 's' then 'parallel safe' end,
        array_to_string(proconfig, ', '),
        'owner ' || proowner::regrole
    )
from routines
union all
select name, 2001, 'comment: ' || obj_description(oid, 'pg_proc') from routines
union all
select object, 2000, format('grant %s to %s', privileges, grantee) from grants
union all
select
    'role ' || rolname,
    0,
    concat_ws(
        ', ',
        case when rolcanlogin then 'login' else 'nologin' end,
        case when rolsuper then 'superuser' end,
        case when rolcreaterole then 'createrole' end,
        case when rolcreatedb then 'createdb' end,
        array_to_string(setconfig, ', '),
        '-- ' || shobj_description(role.oid, 'pg_authid')
    )
from pg_roles as role
left join pg_db_role_setting on setrole = role.oid and setdatabase = 0
where rolname like 'stockpulse\_%'
