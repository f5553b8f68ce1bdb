-- The extension's own setting: 'timescale' on Community, 'apache' on Apache-2.
select current_setting('timescaledb.license', true)
