select ops.describe_instrument(
    %(symbol)s, %(asset_class)s, %(base)s, %(quote)s, %(price_scale)s::smallint, %(calendar)s
)
