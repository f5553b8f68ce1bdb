// What is known of the times around the bars: when a feed covered them, and the sessions of the market.
// The chart does without where the server has no answer.

import { ask } from "./ask.js";
import { widthOf } from "./points.js";

const PAUSE_MS = 400; // after a change of the coverage: others often follow
const TAIL_MS = 60_000;
const WEEK_MS = 7 * 86_400_000;
const MOST = 10_000;
const NEWEST = 20; // stretches that tell the present

const iso = (time) => new Date(time).toISOString();

export class Surroundings {
  stretches = [];
  sessions = null;
  instrument = null;

  // bars(): those that are loaded; reachesNow(): whether the newest are; say(facts): for states.js;
  // onChange(): what is drawn may differ.
  constructor(series, { bars, reachesNow, say, onChange }) {
    Object.assign(this, { series, bars, reachesNow, say, onChange });
    this.tailTimer = setInterval(() => this.#tail(), TAIL_MS);
  }

  stop() {
    this.isOver = true;
    clearInterval(this.tailTimer);
    clearTimeout(this.timer);
  }

  async describe() {
    const { symbol } = this.series;
    const instrument = await this.#ask(`/v1/symbols/${symbol.split("/").map(encodeURIComponent).join("/")}`);
    if (!instrument) return;
    this.instrument = instrument;
    this.say({});
    await this.#hours(this.bars()[0]?.time ?? Date.now());
  }

  // Asks for the coverage of the bars from `from` to `to`, and for the sessions.
  async cover(from, to) {
    const { symbol, timeframe, source } = this.series;
    const next = this.bars().find((bar) => bar.time > to)?.t;
    const end = next ?? (this.reachesNow() ? undefined : iso(to + widthOf(timeframe)));
    const answer = await this.#ask("/v1/coverage", { symbols: symbol, timeframe, source, start: iso(from), end, limit: MOST });
    const news = (Object.values(answer?.coverage ?? {})[0] ?? []).map(({ start, end: until, state }) => (
      { start: Date.parse(start), end: Date.parse(until), state }
    ));
    if (news.length) this.#replace(news);
    if (this.sessions && from < this.sessionsFrom) await this.#hours(from);
  }

  // Asks for the coverage again from a time on, which the stream says has changed.
  coverSoon(time) {
    this.from = Math.min(this.from ?? Infinity, time);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const bars = this.bars();
      const first = bars.findLast((bar) => bar.time <= this.from) ?? bars[0];
      this.from = undefined;
      if (first) this.cover(first.time, bars.at(-1).time);
    }, PAUSE_MS);
  }

  forget() {
    this.stretches = [];
  }

  #tail() {
    const bars = this.bars();
    if (!document.hidden && bars.length && this.reachesNow()) this.cover((bars.at(-2) ?? bars[0]).time, bars.at(-1).time);
  }

  async #hours(from) {
    const calendar = this.instrument?.calendar;
    if (!calendar) return;
    const start = Math.min(from, Date.now()) - WEEK_MS;
    const answer = await this.#ask("/v1/calendar", { calendar, start: iso(start), end: iso(Date.now() + WEEK_MS), limit: MOST });
    if (!answer) return;
    this.sessions = answer.sessions.map(({ open, close }) => ({ open: Date.parse(open), close: Date.parse(close) }));
    this.sessionsFrom = start;
    this.say({ sessions: this.sessions });
    this.onChange();
  }

  #replace(news) {
    const [since, until] = [news[0].start, news.at(-1).end];
    const before = this.stretches.filter((one) => one.start < since).map((one) => ({ ...one, end: Math.min(one.end, since) }));
    const after = this.stretches.filter((one) => one.end > until).map((one) => ({ ...one, start: Math.max(one.start, until) }));
    const stretches = joined([...before, ...news, ...after]);
    const isOther = JSON.stringify(seen(stretches)) !== JSON.stringify(seen(this.stretches));
    this.stretches = stretches;
    this.say({ coverage: stretches.slice(-NEWEST) });
    if (isOther) this.onChange();
  }

  // Returns null where there is no answer, or where the series is not followed any more.
  async #ask(path, parameters) {
    try {
      const answer = await ask(path, parameters);
      return this.isOver ? null : answer;
    } catch {
      return null;
    }
  }
}

function joined(stretches) {
  const found = [];
  for (const one of stretches) {
    const last = found.at(-1);
    if (last?.state === one.state && last.end === one.start) last.end = one.end;
    else found.push({ ...one });
  }
  return found;
}

const seen = (stretches) => stretches.filter(({ state }) => state === "no feed" || state === "no trades");
