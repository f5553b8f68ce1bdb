create or replace function ops.is_cut_of(
    coarse_ts timestamptz, coarse_ns integer, fine_ts timestamptz, fine_ns integer
) returns boolean
language sql immutable
as $$
    select coarse_ns = 0 and (coarse_ts <> fine_ts or fine_ns > 0) and coarse_ts in (
        fine_ts,
        date_bin('1 millisecond', fine_ts, '2000-01-01 00:00+00'),
        date_bin('1 second', fine_ts, '2000-01-01 00:00+00')
    )
$$;

comment on function ops.is_cut_of is
'Whether a time is another one, cut to whole seconds, milliseconds or microseconds.';
