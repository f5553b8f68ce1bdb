select exists (select from market.instruments where symbol = %(symbol)s)
