-- Loses the offsets, and with them the place in every topic, the rejects and the batches; the old
-- values of amended events, late ones that wait, the log of changes, what is known of gaps, which
-- hours were downloaded, the runs of updates, the revisions of published bars, the bars of vendors,
-- and what was asked of these.
drop function ops.meets_known(timestamptz, timestamptz, text []);
drop function ops.is_stored(text, timestamptz, text, text, text);
drop function ops.count_events(text, text, text, timestamptz, timestamptz);
drop function ops.replace_range(
    text, integer, bigint, bigint, text, text, text, text, timestamptz, timestamptz
);
drop function ops.amend(json);
drop function ops.is_moot(ops.amendments);
drop function ops.read_amendments(json);
drop function ops.store_quotes(boolean);
drop function ops.store_trades(boolean);
drop function ops.store_staged(text, boolean, boolean);
drop function ops.settle_twins(text);
drop function ops.drop_known(text);
drop function ops.rename_staged(text);
drop function ops.add_backfills(text);
drop function ops.is_cut_of(timestamptz, integer, timestamptz, integer);
drop function ops.apply_waiting(text);
drop function ops.apply_amendment(bigint);
drop function ops.change_event(ops.amendments, timestamptz, text, text);
drop function ops.rename_event(ops.amendments, timestamptz, text, text);
drop function ops.delete_event(text, text, text, timestamptz, text);
drop function ops.log_event(text, jsonb, timestamptz, text);
drop function ops.cancelled_identity(ops.amendments);
drop function ops.find_amended(ops.amendments);
drop function ops.ids_of(ops.amendments, text []);
drop function ops.identities(text, text, text, text [], timestamptz, timestamptz);
drop function ops.log_change(text, text, timestamptz);
drop function ops.log_bar_changes(timestamptz [], timestamptz []);
drop function ops.make_staging();
drop function ops.event_columns(text);

drop trigger sources_added on market.sources;
drop trigger sources_change on market.sources;
drop trigger bar_rules_change on market.bar_rules;
drop trigger rule_sets_change on market.rule_sets;
drop function ops.add_sources();
drop function ops.change_rules();
drop function ops.quote_moves(numeric, numeric, numeric);

drop trigger instruments_logged on market.instruments;
drop trigger names_logged on market.names;
drop trigger corporate_actions_logged on market.corporate_actions;
drop function ops.log_instrument();

drop table ops.rules_version;
drop table ops.bar_requests;
drop table ops.request_budgets;
drop table market.vendor_bars;
drop table ops.published_bars;
drop sequence ops.bar_places;
drop table ops.bar_changes;
drop table ops.bar_publication;
drop table ops.update_runs;
drop table ops.download_hours;
drop sequence ops.download_runs;
drop function ops.add_feed_markers(json);
drop function ops.describe_instrument(text, text, text, text, smallint, text);
drop function ops.log_coverage(json);
drop function ops.add_feed_fills(json);
drop function ops.read_feed_markers(json);
drop function ops.gaps_of(text, text, text, timestamptz, timestamptz);
drop function ops.has_ids(text, text, bigint, bigint, timestamptz, timestamptz);
drop view ops.open_feeds;
drop table ops.feed_fills;
drop table ops.feed_gaps;
drop table ops.feed_series;
drop table ops.feed_sessions;
drop function ops.changed_days(text, bigint, timestamptz);
drop function ops.log_ranges(json);
drop function ops.change_id();
drop table ops.changed_events;
drop table ops.changed_ranges;
drop function ops.number_changes();
drop table ops.changes;
drop sequence ops.change_ids;
drop sequence ops.change_numbers;
drop table ops.backfills;
drop table ops.replacements;
drop view ops.dead_identities;
drop table ops.amendments;
drop table ops.late_events;
drop table ops.load_batches;
drop sequence ops.load_batch_ids;
drop table ops.rejects;
drop table ops.kafka_offsets;
