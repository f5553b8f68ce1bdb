select ops.log_ranges(
    json_build_array(
        json_build_object(
            'kind', %(kind)s::text,
            'symbols', %(symbols)s::text [],
            'since', %(since)s::timestamptz,
            'until', %(until)s::timestamptz
        )
    )
)
