create table ops.request_budgets (
    source text collate "C" not null,
    account text collate "C" not null,
    since timestamptz not null,
    requests integer not null,
    waits_until timestamptz,
    constraint request_budgets_pkey primary key (source, account),
    constraint request_budgets_requests check (requests >= 0)
);

comment on table ops.request_budgets is
'Requests sent to vendors that allow so many a day, counted before each is sent.';
comment on column ops.request_budgets.account is 'A hash of the key.';
comment on column ops.request_budgets.since is
'Time of the first of these requests: 24 hours later they are forgotten.';
comment on column ops.request_budgets.waits_until is
'Until when nothing is asked, as the vendor itself has said that it is too much.';

grant select, insert, update on ops.request_budgets to stockpulse_loader;

create table ops.bar_requests (
    source text collate "C" not null,
    ticker text collate "C" not null,
    "interval" text collate "C" not null,
    part text collate "C" not null,
    asked_at timestamptz not null,
    bars integer not null,
    constraint bar_requests_pkey primary key (source, ticker, "interval", part)
);

comment on table ops.bar_requests is
'What vendors of bars were asked for, and answered: a download goes on with the oldest.';
comment on column ops.bar_requests.ticker is 'The symbol as the vendor writes it.';
comment on column ops.bar_requests.part is 'The month, 2026-01; empty: the newest bars.';
comment on column ops.bar_requests.asked_at is 'When it was last asked and answered.';
comment on column ops.bar_requests.bars is 'Bars that were published.';

grant select, insert, update on ops.bar_requests to stockpulse_loader;
