-- For people who follow changes: what is made of the events may differ.
select
    ops.log_ranges(
        json_build_array(
            json_build_object(
                'kind', rtrim(%(kind)s::text, 's'),
                'symbols', array[%(symbol)s::text],
                'source', %(source)s::text,
                'since', %(since)s::timestamptz,
                'until', %(until)s::timestamptz
            )
        )
    )
