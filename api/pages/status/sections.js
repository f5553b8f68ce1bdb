// The sections of the page: each draws a part of /v1/operation.

import { agoOf, countOf, momentOf, sizeOf, several, spanOf } from "./figures.js";

export const sections = { database, loading, feeds, gaps, rejects, candles, histories, jobs, sizes };

function database(target, { edition, timescaledb, postgresql, is_replica: isReplica }) {
  const kind = edition === "community" ? "Community" : "Apache-2";
  target.textContent = `TimescaleDB ${timescaledb} ${kind}, PostgreSQL ${postgresql}${isReplica ? ", a replica" : ""}`;
}

function loading(target, { loading: found }, now) {
  const batch = found.last_batch_at
    ? [ago(found.last_batch_at, now), `: ${several(found.last_batch_messages, "message")} in ${found.last_batch_seconds} s`]
    : ["none in the last day"];
  const delay = found.last_batch_delay_seconds;
  define(target.querySelector("dl"), [
    ["Last minute", [`${several(found.trades_last_minute, "trade")}, ${several(found.quotes_last_minute, "quote")}`]],
    ["Last batch", batch],
    ["Newest event", [found.newest_event_at ? ago(found.newest_event_at, now) : "none in the last day"]],
    ["Delay", [delay === null ? "not known" : `${spanOf(Math.max(0, delay * 1000))} from the newest event of the last batch to its commit`]],
    ["Last day", [`${several(found.messages, "message")}: ${["stored", "duplicates", "amended", "rejected", "ignored"].map((name) => `${countOf(found[name])} ${name}`).join(", ")}`]],
    ["Waiting", [`${several(found.waiting_amendments, "amendment")} whose originals have not come`]],
    ...found.topics.map(({ topic, partitions, stored_at: at }) => [topic, [`${several(partitions, "partition")}, last stored `, ago(at, now)]]),
    ["Lag in Kafka", ["stockpulse status has it: the API has no broker"]],
  ]);
}

function feeds(target, { feeds: { sources } }, now) {
  table(target, "No source has had an event or a feed in the last week.", [
    ["Source", ({ source }) => source],
    ["Newest event", ({ newest_event_at: at }) => (at ? ago(at, now) : "–")],
    ["Sessions", ({ open_sessions: open, newest_marker_at: at }) => (at ? countOf(open) : "no feed"), "number"],
    ["Newest marker", ({ newest_marker_at: at }) => (at ? ago(at, now) : "–")],
    ["Gaps", ({ gaps: count }) => countOf(count), "number"],
    ["Market", ({ is_closed: closed, newest_marker_at: at }) => (at ? (closed ? "closed" : "open, or not known") : "–")],
  ], sources);
}

function gaps(target, { feeds: { gaps: found, left_out: left } }) {
  const none = left ? "None in the series that were looked at." : "None that is known.";
  table(target, none, [
    ["From", ({ start }) => momentOf(Date.parse(start))],
    ["To (UTC)", ({ end }) => momentOf(Date.parse(end))],
    ["Length", ({ start, end }) => spanOf(Date.parse(end) - Date.parse(start)), "number"],
    ["Source", ({ source, kind }) => `${source}, ${kind}s`],
    ["Series", ({ series, symbol }) => (series === 1 ? symbol : `${symbol} and ${countOf(series - 1)} more`)],
    ["Reason", ({ reason }) => reason],
  ], found);
}

function rejects(target, { rejects: { reasons } }, now) {
  table(target, "None.", [
    ["Reason", ({ reason }) => reason],
    ["Messages", ({ messages }) => countOf(messages), "number"],
    ["Newest", ({ newest_at: at }) => ago(at, now)],
  ], reasons);
}

function candles(target, { candles: { pending, verified } }, now) {
  table(target, "No stored candle is behind its events.", [
    ["Behind", ({ relation }) => relation],
    ["Ranges", ({ ranges }) => countOf(ranges), "number"],
    ["From", ({ start }) => momentOf(Date.parse(start))],
    ["To (UTC)", ({ end }) => momentOf(Date.parse(end))],
  ], pending);
  const text = document.createElement("p");
  if (verified) text.append(`${several(verified.candles, "candle")} compared with their events `, ago(verified.at, now), `: ${countOf(verified.mismatches)} differed.`);
  else text.append("Never compared with their events: stockpulse verify does it.");
  target.append(text);
}

function histories(target, { histories: found }, now) {
  target.hidden = !found.length;
  table(target, "", [
    ["History", ({ history, kind }) => `${history}, ${kind}`],
    ["State", ({ state }) => state],
    ["Ran", ({ ran_at: at }) => ago(at, now)],
    ["Next run", ({ next_at: at }) => ago(at, now)],
    ["Result", ({ result }) => result ?? ""],
  ], found);
}

function jobs(target, { jobs: found, edition }, now) {
  target.hidden = edition !== "community";
  table(target, "TimescaleDB has no jobs of StockPulse: stockpulse doctor says what is missing.", [
    ["Job", ({ job }) => job],
    ["On", ({ relation }) => relation ?? ""],
    ["Last run", ({ outcome, ran_at: at }) => (at ? joined(`${outcome ?? "not known"} `, ago(at, now)) : "not yet")],
    ["Next run", ({ next_at: at }) => (at ? ago(at, now) : "–")],
    ["Failures", ({ failures }) => countOf(failures), "number"],
  ], found);
}

function sizes(target, { relations, database_bytes: bytes }) {
  table(target, "", [
    ["Relation", ({ relation }) => relation],
    ["Rows, about", ({ rows }) => countOf(rows), "number"],
    ["Chunks", ({ chunks }) => countOf(chunks), "number"],
    ["Size", ({ bytes: size }) => (size === null ? "busy" : sizeOf(size)), "number"],
  ], [...relations].sort((one, other) => other.bytes - one.bytes));
  const text = document.createElement("p");
  text.textContent = `The database has ${sizeOf(bytes)}, with all that is not listed.`;
  target.append(text);
}

// columns: [title, value of a row, class]
function table(target, none, columns, rows) {
  const [head] = target.children;
  if (!rows.length) {
    const text = document.createElement("p");
    text.textContent = none;
    target.replaceChildren(head, text);
    return;
  }
  const made = document.createElement("table");
  const titles = made.createTHead().insertRow();
  for (const [title, , kind] of columns) {
    const cell = document.createElement("th");
    Object.assign(cell, { scope: "col", textContent: title, className: kind ?? "" });
    titles.append(cell);
  }
  const body = made.createTBody();
  for (const one of rows) {
    const row = body.insertRow();
    for (const [title, value, kind] of columns) {
      const cell = row.insertCell();
      cell.append(value(one));
      cell.className = kind ?? "";
      cell.dataset.title = title;
    }
  }
  const frame = document.createElement("div");
  Object.assign(frame, { className: "wide", tabIndex: 0 });
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-labelledby", head.id);
  frame.append(made);
  target.replaceChildren(head, frame);
}

function define(list, pairs) {
  list.replaceChildren(...pairs.flatMap(([name, parts]) => {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    text.append(...parts);
    return [term, text];
  }));
}

function ago(at, now) {
  const mark = document.createElement("time");
  mark.dateTime = at;
  mark.title = `${momentOf(Date.parse(at))} UTC`;
  mark.textContent = agoOf(Date.parse(at), now);
  return mark;
}

function joined(...parts) {
  const span = document.createElement("span");
  span.append(...parts);
  return span;
}
