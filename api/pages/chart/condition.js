// Says what state the page is in, of what the bars, the stream and the feeds tell; states.js has the
// sentences.

import { stateOf } from "./states.js";

const TICK_MS = 1000;
const FEEDS_MS = 15_000; // feeds are asked for as often, while no events arrive
const FRESH_MS = 50_000;
const CLOCKS_MS = 2000; // by which clocks may differ without a word

// elements: { label, notice }; page: as chart.js makes it; ask(path, parameters): asks the API.
export function mountCondition({ label, notice }, page, ask) {
  const { data } = page;
  let feeds = new Map(); // by source
  let [askedAt, isAsking] = [0, false];
  setInterval(() => { show(); look(); }, TICK_MS); // time alone makes it another state

  // How far the server's clock is ahead of this one: all times but those of this page are its own.
  const ahead = () => (Math.abs(data.ahead) > CLOCKS_MS ? data.ahead : 0);

  async function look() {
    const now = Date.now() + ahead();
    const isFresh = now - eventAt() < FRESH_MS;
    if (document.hidden || isAsking || isFresh || now - askedAt < FEEDS_MS || data.facts.connection !== "open" || !data.facts.hasBars) return;
    [isAsking, askedAt] = [true, now];
    try {
      const status = await ask("/v1/status");
      feeds = new Map(status.feeds.map(({ source, newest_marker: at, open_sessions: open }) => [source, { markerAt: Date.parse(at), isOpen: open > 0 }]));
    } catch { /* the marker grows old, and the feed is not known to go on */ }
    isAsking = false;
    show();
  }

  const source = () => data.series.source || data.instrument?.default_source;

  // When the newest event came, at least: of the stream, in the newest bar, or as was known before.
  function eventAt() {
    const known = data.instrument?.sources?.find((one) => one.source === source())?.last_event;
    const bar = data.reachesNow ? data.bars.at(-1) : null;
    const heard = data.facts.eventAt && data.facts.eventAt + ahead();
    return Math.max(heard, bar?.time ?? 0, Date.parse(known ?? "") || 0);
  }

  function show() {
    const now = Date.now() + ahead();
    const facts = { ...data.facts, eventAt: eventAt(), feed: feeds.get(source()) ?? null };
    const state = stateOf(facts, now, (time) => page.times.short(time, now));
    set(label, "className", state.kind);
    set(label, "textContent", state.label);
    set(label, "title", state.text);
    set(notice, "hidden", !state.title);
    set(notice.querySelector("h1"), "textContent", state.title);
    set(notice.querySelector("p"), "textContent", state.title ? state.text : "");
  }

  return show;
}

// What has not changed is not set: a screen reader would say it again.
function set(target, name, value) {
  if (target[name] !== value) target[name] = value;
}
