// Which sentence the page shows, from what is known: { kind, label, title, text }. Pure.
//
// The label stands in the corner, title and text over an empty chart. It is "live" only while events
// arrive, or if the market is known to be quiet: a feed covers it, and there were none.

const FRESH_MS = 60_000; // an event so young: events arrive
const FEED_MS = 90_000; // feeds send markers every few seconds; a venue may ping once per minute
const LATE_MS = 120_000; // how far the coverage that the page has read may be behind

const MADE = "History has just been loaded. Its bars appear here within a minute.";

// facts: connection "connecting", "open" or "lost"; live: the stream has given all that was missed;
// known: null before the first answer, false if there is no such symbol; hasBars; pending: bars are
// being made; eventAt: the newest event that is known; sessions [{ open, close }]; coverage
// [{ start, end, state }] up to the newest bucket; feed { markerAt, isOpen } of its source; lostAt;
// problem { status, code, message }; symbol, timeframe. Times in ms. at(time): a time in words.
export function stateOf(facts, now, at) {
  const { connection, problem, known, hasBars } = facts;
  if (known === false) return unknown(facts);
  if (connection === "lost" || (problem && !hasBars)) return away(facts, at);
  if (!facts.symbol) return connection === "open" ? nothing() : waiting("connecting", "Loading…");
  if (!hasBars) return empty(facts);
  if (connection !== "open") return waiting("connecting");
  if (!facts.live) return waiting("catching up");
  if (facts.pending) return waiting("history pending", "", MADE);
  return present(facts, now, at);
}

const waiting = (label, title = "", text = "") => ({ kind: "waiting", label, title, text });
const lost = (label, title = "", text = "") => ({ kind: "lost", label, title, text });
const good = (label, text = "") => ({ kind: "live", label, title: "", text });

function unknown({ symbol }) {
  return lost("unknown symbol", "Unknown symbol", `Nothing of ${symbol} has been stored. Search for another one, or check that a feed or an import has it.`);
}

function away({ problem, hasBars, lostAt }, at) {
  const isDatabase = problem?.code === "away" || (problem?.status === 503 && !/too many/i.test(problem.message ?? ""));
  const since = lostAt ? ` since ${at(lostAt)}` : "";
  const what = isDatabase ? "database away" : problem?.status ? "no answer" : "disconnected";
  const reason = isDatabase
    ? "The server answers, but its database cannot be reached."
    : problem?.status ? problem.message : "The server cannot be reached.";
  const text = `${reason} The page tries again by itself.`;
  return lost(`${what}${since}, trying again`, hasBars ? "" : isDatabase ? "The database is away" : "No connection", text);
}

function nothing() {
  return waiting("no data yet", "No data yet", "The database is empty. Bars appear here as soon as a loader stores trades or quotes.");
}

function empty({ known, pending, symbol, timeframe }) {
  if (pending) return waiting("history pending", "Bars are being made", MADE);
  if (!known) return waiting("connecting", "Loading…", "");
  return waiting("no data yet", "No data yet", `${symbol} has no bars of ${timeframe}. They appear here as soon as its trades or quotes are stored.`);
}

// All has been read: is the newest bar the present, or the past?
function present({ eventAt, sessions, coverage, feed }, now, at) {
  if (eventAt && now - eventAt < FRESH_MS) return good("live", "Events arrive.");
  const closed = closedSince(sessions, now);
  if (closed) {
    const opens = closed.until ? ` It opens ${at(closed.until)}.` : "";
    return { kind: "closed", label: `market closed since ${at(closed.since)}`, title: "", text: `The market is closed.${opens}` };
  }
  const missing = feedLostSince(coverage, feed, now);
  if (missing) return lost(`feed lost since ${at(missing)}`, "", "No feed covers this symbol now: trades may be missing. The page /status shows the feeds.");
  const since = eventAt ? ` since ${at(eventAt)}` : "";
  if (isCovered(coverage, feed, now)) return good(`live, quiet${since}`, "A feed covers this symbol, and nothing was traded.");
  return waiting(`no events${since}`, "", "No feed says whether there were any.");
}

// The break between two sessions that it is in: { since, until }, null if the market is open or its
// hours are not known.
function closedSince(sessions, now) {
  if (!sessions?.length || now < sessions[0].open) return null;
  const next = sessions.find(({ open }) => open > now);
  const last = sessions.findLast(({ open }) => open <= now);
  if (!next && now - last.close > 14 * 86_400_000) return null; // later sessions have not been loaded
  return now < last.close ? null : { since: last.close, until: next?.open };
}

function feedLostSince(coverage, feed, now) {
  const tail = coverage?.at(-1);
  if (tail?.state === "no feed" && now - tail.end < LATE_MS) return tail.start;
  if (feed && tail && tail.state !== "unknown" && now - feed.markerAt > FEED_MS) return feed.markerAt;
  return null;
}

function isCovered(coverage, feed, now) {
  const tail = coverage?.at(-1);
  if (!tail || now - tail.end > LATE_MS) return false;
  if (!["complete", "no trades", "pending"].includes(tail.state)) return false;
  return Boolean(feed?.isOpen) && now - feed.markerAt <= FEED_MS;
}
