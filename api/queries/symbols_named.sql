-- The symbols that each of the texts may mean, {"TEXT":["SYMBOL", ...]}; without unknown texts.
select coalesce(json_object_agg(asked, symbols), '{}')::text
from market.symbols_named(%(texts)s::text [])
