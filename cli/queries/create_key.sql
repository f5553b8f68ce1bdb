insert into ops.api_keys (key_sha256, name, rate_per_minute)
values (%(key_sha256)s, %(name)s, %(rate)s)
on conflict (name) where revoked_at is null do nothing
