// Says what state the page is in, of what the data and the feeds tell; states.js has the sentences.

import { stateOf } from "./states.js";

const TICK_MS = 1000;
const FEEDS_MS = 20_000; // feeds are asked for as often while no events arrive
const FRESH_MS = 50_000;

// elements: { label, notice }; page: as chart.js makes it; ask(path, parameters): asks the API.
export function mountCondition({ label, notice }, page, ask) {
  const { data } = page;
  let feeds = null; // by source
  let [askedAt, isAsking, lostAt] = [0, false, null];
  let shown = {};

  setInterval(() => { show(); if (!document.hidden) look(); }, TICK_MS);

  async function look() {
    const now = Date.now();
    const isFresh = now - eventAt() < FRESH_MS;
    if (isAsking || isFresh || now - askedAt < FEEDS_MS || data.facts.connection !== "open") return;
    [isAsking, askedAt] = [true, now];
    try {
      const status = await ask("/v1/status");
      feeds = new Map(status.feeds.map((feed) => [feed.source, { markerAt: Date.parse(feed.newest_marker), isOpen: feed.open_sessions > 0 }]));
    } catch {
      feeds = null;
    }
    isAsking = false;
    show();
  }

  const source = () => data.series.source || data.instrument?.default_source;

  // When the newest event came: the newest bar began before it.
  function eventAt() {
    const known = data.instrument?.sources?.find((one) => one.source === source());
    return Math.max(data.facts.eventAt, data.reachesNow ? data.bars.at(-1)?.time ?? 0 : 0, Date.parse(known?.last_event ?? "") || 0);
  }

  function show() {
    const now = Date.now();
    lostAt = data.facts.connection === "lost" ? lostAt ?? now : null;
    const facts = { ...data.facts, eventAt: eventAt(), feed: feeds?.get(source()) ?? null, lostAt };
    shown = stateOf(facts, now, (time) => page.times.short(time, now));
    set(label, "className", shown.kind);
    set(label, "textContent", shown.label);
    set(label, "title", shown.text);
    set(notice, "hidden", !shown.title);
    set(notice.querySelector("h1"), "textContent", shown.title);
    set(notice.querySelector("p"), "textContent", shown.title ? shown.text : "");
  }

  return { show, state: () => shown };
}

// What has not changed is not set: a screen reader would say it again.
function set(target, name, value) {
  if (target[name] !== value) target[name] = value;
}
