insert into ops.verifications (kind, since, until, candles, mismatches, pending, example, seconds)
values (
    %(kind)s, %(since)s, %(until)s, %(candles)s, %(mismatches)s, %(pending)s, %(example)s,
    %(seconds)s
)
