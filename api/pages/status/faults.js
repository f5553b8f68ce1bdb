// What an operator should look at, as sentences: of /v1/operation, pure.

import { agoOf, clockOf, countOf, several, spanOf } from "./figures.js";

const SILENT_MS = 90_000; // feeds send markers every few seconds; a venue may ping once per minute
const IDLE_MS = 120_000; // without a batch, while feeds go on
const SLOW_SECONDS = 60; // from an event to its commit

export function faultsOf(operation) {
  const now = Date.parse(operation.at);
  return [
    ...loading(operation, now), ...feeds(operation, now), ...gaps(operation), ...rejects(operation),
    ...candles(operation), ...runs(operation, now),
  ];
}

function loading({ loading: found, feeds: { sources } }, now) {
  const isFed = sources.some((one) => one.open_sessions && !one.is_closed);
  const at = Date.parse(found.last_batch_at ?? "");
  if (Number.isNaN(at)) return isFed ? ["No loader has stored anything in the last day, though feeds go on."] : [];
  const idle = now - at;
  if (isFed && idle > IDLE_MS) return [`No batch has been stored for ${spanOf(idle)}, though feeds go on: is a loader running?`];
  const delay = found.last_batch_delay_seconds;
  return idle < IDLE_MS && delay > SLOW_SECONDS ? [`The last batch had no event of the last ${spanOf(delay * 1000)}: loaders are behind, or load history.`] : [];
}

function feeds({ feeds: { sources } }, now) {
  return sources.filter((one) => one.newest_marker_at && !one.is_closed).flatMap(({ source, open_sessions: open, newest_marker_at: marker }) => {
    const at = Date.parse(marker);
    if (!open) return [`Feed ${source} has no session since ${clockOf(at)}, ${agoOf(at, now)}.`];
    return now - at > SILENT_MS ? [`Feed ${source} has been silent since ${clockOf(at)}, ${agoOf(at, now)}.`] : [];
  });
}

function gaps({ feeds: { sources, left_out: left } }) {
  const number = sources.reduce((sum, one) => sum + one.gaps, 0);
  if (!number) return left ? [`${countOf(left)} series may have gaps, and were not looked at.`] : [];
  const more = left ? `, and ${countOf(left)} further series may have some` : "";
  return [`${several(number, "gap")} in the last 24 hours${more}. stockpulse gaps fill asks the venues for them.`];
}

function rejects({ rejects: { messages } }) {
  return messages ? [`${several(messages, "message")} could not be stored: stockpulse rejects list.`] : [];
}

function candles({ candles: { verified } }) {
  return verified?.mismatches ? [`${several(verified.mismatches, "candle")} differed from their events when last compared: stockpulse verify.`] : [];
}

function runs({ histories, jobs }, now) {
  return [
    ...histories.filter(({ state }) => ["failed", "killed"].includes(state))
      .map(({ history, kind, state, ran_at: at }) => `History ${history}, ${kind}: ${state} ${agoOf(Date.parse(at), now)}. stockpulse update --list says more.`),
    ...jobs.filter(({ outcome }) => outcome === "Failed")
      .map(({ job, relation }) => `Job ${job}${relation ? ` on ${relation}` : ""} failed in its last run: timescaledb_information.job_errors says why.`),
  ];
}
