create table ops.request_budgets (
    source text collate "C" not null,
    day date not null,
    requests integer not null,
    waits_until timestamptz,
    constraint request_budgets_pkey primary key (source, day),
    constraint request_budgets_requests check (requests >= 0)
);

comment on table ops.request_budgets is
'Requests sent to vendors that allow so many a day, counted before each is sent.';
comment on column ops.request_budgets.day is 'The day in UTC.';
comment on column ops.request_budgets.waits_until is
'Until when nothing is asked, as the vendor itself has said that it is too much.';

grant select, insert, update on ops.request_budgets to stockpulse_loader;

create table ops.bar_requests (
    source text collate "C" not null,
    symbol text collate "C" not null,
    "interval" text collate "C" not null,
    part text collate "C" not null,
    asked_at timestamptz not null,
    bars integer not null,
    constraint bar_requests_pkey primary key (source, symbol, "interval", part)
);

comment on table ops.bar_requests is
'What was asked of such vendors, and answered: a download goes on with what is not here.';
comment on column ops.bar_requests.symbol is 'As the vendor writes it.';
comment on column ops.bar_requests.part is 'The month, 2026-01; empty: the newest bars.';
comment on column ops.bar_requests.asked_at is 'When it was last asked and answered.';
comment on column ops.bar_requests.bars is 'Bars that were published.';

grant select, insert, update on ops.bar_requests to stockpulse_loader;
