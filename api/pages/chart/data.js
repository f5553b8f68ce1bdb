// The bars of one series: pages of /v1/bars, kept current by /v1/stream.
//
// The newest page is drawn at once; the stream then begins with its first bar, so that nothing that
// changes between the two is missed. A bar of the stream replaces the one of its time. What the
// stream says of bars that are not loaded is kept until their page has come, which may be older.

import { ask, Refusal } from "./ask.js";
import { indexOf } from "./points.js";
import { follow } from "./stream.js";

const FIRST_BARS = 600;
const PAGE_BARS = 4000;
const MOST_KEPT = 5000;
const EPOCH = "1970-01-01T00:00:00Z";
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5000;
const COVERAGE_PAUSE_MS = 400;
const COVERAGE_EVERY_MS = 60_000;
const WEEK_MS = 7 * 86_400_000;

export class Data {
  // onBars(change): null if any bars may differ, else the bars that were added at the end or replaced.
  // onFacts(): what states.js judges by has changed.
  constructor({ onBars, onFacts }) {
    Object.assign(this, { onBars, onFacts, generation: 0, stream: null });
    this.#empty({});
    setInterval(() => this.#coverTail(), COVERAGE_EVERY_MS);
  }

  open(series) {
    this.stream?.stop();
    this.stream = null;
    this.generation += 1;
    this.#empty(series);
    this.onBars(null);
    this.onFacts();
    return this.#begin(this.generation, RETRY_MS);
  }

  // Loads the page before the first bar; true if there was one.
  async older() {
    if (!this.olderToken || this.loading.older) return false;
    return this.#page("older", { sort: "desc", limit: PAGE_BARS, page_token: this.olderToken }, (page) => {
      this.olderToken = page.next_page_token;
      this.#merge(page.bars.reverse());
    });
  }

  // Loads the page after the last bar, where goTo() has led away from the newest ones.
  async newer() {
    if (this.reachesNow || this.loading.newer) return false;
    return this.#page("newer", { limit: PAGE_BARS, start: this.bars.at(-1).t }, (page) => {
      this.reachesNow = page.next_page_token === null;
      this.#merge(page.bars);
    });
  }

  // Makes the bars around a time those that are loaded.
  async goTo(time) {
    if (this.bars.length && time >= this.bars[0].time) return true;
    const end = new Date(time).toISOString();
    return this.#page("older", { sort: "desc", limit: PAGE_BARS / 2, end }, async (page) => {
      if (!page.bars.length) return;
      this.bars = [];
      this.reachesNow = false;
      this.stretches = [];
      this.olderToken = page.next_page_token;
      this.#merge(page.bars.reverse());
      await this.newer();
    });
  }

  toNow() {
    return this.reachesNow ? Promise.resolve() : this.open(this.series);
  }

  resume() {
    return this.stream?.token() ?? null;
  }

  #empty(series) {
    Object.assign(this, {
      series, bars: [], stretches: [], sessions: null, instrument: null,
      olderToken: null, reachesNow: true, loading: {}, kept: new Map(),
      facts: {
        connection: "connecting", live: false, heardAt: 0, eventAt: 0, problem: null, known: null,
        hasBars: false, pending: false, sessions: null, coverage: [], ...series,
      },
    });
  }

  async #begin(generation, pause) {
    try {
      const page = await this.#fetch({ sort: "desc", limit: FIRST_BARS });
      if (generation !== this.generation) return;
      this.olderToken = page.next_page_token;
      this.#say({ known: true, problem: null });
      this.#merge(page.bars.reverse());
      this.#follow(generation);
      await this.#describe(generation);
    } catch (error) {
      if (generation !== this.generation) return;
      this.#failed(error);
      await new Promise((resolve) => { setTimeout(resolve, pause); });
      if (generation === this.generation) await this.#begin(generation, Math.min(LONGEST_RETRY_MS, pause * 1.5));
    }
  }

  async #page(kind, parameters, take) {
    const { generation } = this;
    this.loading[kind] = true;
    try {
      const page = await this.#fetch(parameters);
      if (generation !== this.generation) return false;
      await take(page);
      return page.bars.length > 0;
    } catch (error) {
      if (generation === this.generation) this.#failed(error);
      return false;
    } finally {
      if (generation === this.generation) this.loading[kind] = false;
    }
  }

  async #fetch(parameters) {
    const { symbol, timeframe, source } = this.series;
    const page = await ask("/v1/bars", { symbols: symbol, timeframe, source, ...parameters });
    const bars = Object.values(page.bars)[0] ?? [];
    this.#say({ pending: (page.pending ?? []).length > 0 });
    return { ...page, bars: bars.map(barOf) };
  }

  #merge(page) {
    const bars = new Map(this.bars.map((bar) => [bar.time, bar]));
    for (const bar of page) bars.set(bar.time, bar);
    const times = [...bars.keys()].sort((a, b) => a - b);
    for (const [time, bar] of this.kept) {
      if (time < times[0] || (time > times.at(-1) && !this.reachesNow)) continue;
      this.kept.delete(time);
      if (bars.set(time, bar).size > times.length) times.push(time);
    }
    this.bars = times.sort((a, b) => a - b).map((time) => bars.get(time));
    this.#say({ hasBars: this.bars.length > 0 });
    this.onBars(null);
    if (page.length) this.#cover(page[0].time, page.at(-1).time);
  }

  #follow(generation) {
    const { symbol, timeframe, source } = this.series;
    const parameters = { symbols: symbol, timeframe, channels: "bars,provisional,coverage" };
    this.stream = follow(source ? { ...parameters, source } : parameters, this.bars[0]?.t ?? EPOCH, {
      onEvents: (events) => this.#take(events),
      onOpen: () => this.#say({ connection: "open", problem: null }),
      onLost: (code) => this.#say({ connection: "lost", live: false, problem: { code } }),
      onUnknown: () => { if (generation === this.generation) this.open(this.series); },
    });
  }

  #take(events) {
    const now = Date.now();
    const changed = [];
    let anything = false;
    for (const event of events) {
      if (event.type === "bar") {
        const change = this.#place(barOf(event));
        if (change === "inserted") anything = true;
        else if (change) changed.push(change);
      } else if (event.type === "coverage") this.#coverSoon(event);
    }
    const told = { heardAt: now };
    if (events.some((event) => event.type === "bar")) Object.assign(told, { eventAt: now, hasBars: this.bars.length > 0 });
    if (events.some((event) => event.type === "live")) told.live = true;
    if (anything || changed.length) this.onBars(anything ? null : changed);
    this.#say(told);
  }

  // Returns the bar if it was added at the end or replaced another, "inserted" if others moved, or null.
  #place(bar) {
    const { bars } = this;
    const last = bars.at(-1);
    if (bars.length && (bar.time < bars[0].time || (bar.time > last.time && !this.reachesNow))) {
      this.kept.set(bar.time, bar);
      if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value);
      return null;
    }
    if (!bars.length || bar.time > last.time) {
      bars.push(bar);
      return bar;
    }
    const index = indexOf(bars, bar.time);
    if (bars[index].time !== bar.time) {
      bars.splice(index, 0, bar);
      return "inserted";
    }
    if (areEqual(bars[index], bar)) return null;
    bars[index] = bar;
    return bar;
  }

  // What is known of the instrument, and its sessions around the loaded bars.
  async #describe(generation) {
    try {
      const instrument = await ask(`/v1/symbols/${encodeURIComponent(this.series.symbol)}`);
      if (generation !== this.generation) return;
      this.instrument = instrument;
      if (!instrument.calendar) return;
      const start = Math.min(this.bars[0]?.time ?? Infinity, Date.now() - WEEK_MS);
      await this.#hours(generation, start, Date.now() + WEEK_MS);
    } catch { /* the chart does without sessions */ }
  }

  async #hours(generation, start, end) {
    const { sessions } = await ask("/v1/calendar", {
      calendar: this.instrument.calendar, start: iso(start), end: iso(end), limit: 10_000,
    });
    if (generation !== this.generation) return;
    this.sessions = sessions.map(({ open, close }) => ({ open: Date.parse(open), close: Date.parse(close) }));
    this.sessionsFrom = start;
    this.#say({ sessions: this.sessions });
    this.onBars(null);
  }

  // Loads the coverage from one bar up to the end of another's bucket.
  async #cover(from, to) {
    const { generation } = this;
    const { symbol, timeframe, source } = this.series;
    const end = this.bars.find((bar) => bar.time > to)?.t;
    try {
      const { coverage } = await ask("/v1/coverage", {
        symbols: symbol, timeframe, source, start: iso(from), end, limit: 10_000,
      });
      if (generation !== this.generation) return;
      const news = (Object.values(coverage)[0] ?? [])
        .map(({ start, end: until, state }) => ({ start: Date.parse(start), end: Date.parse(until), state }));
      if (!news.length) return;
      this.#replaceStretches(news);
      if (this.sessions && from < this.sessionsFrom) await this.#hours(generation, from, Date.now() + WEEK_MS);
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof TypeError) && error.name !== "TimeoutError") throw error;
    }
  }

  #replaceStretches(news) {
    const [since, until] = [news[0].start, news.at(-1).end];
    const before = this.stretches.filter((one) => one.start < since).map((one) => ({ ...one, end: Math.min(one.end, since) }));
    const after = this.stretches.filter((one) => one.end > until).map((one) => ({ ...one, start: Math.max(one.start, until) }));
    const stretches = [...before, ...news, ...after];
    const isNew = JSON.stringify(stretches) !== JSON.stringify(this.stretches);
    this.stretches = stretches;
    this.#say({ coverage: stretches.slice(-20) });
    if (isNew) this.onBars(null);
  }

  #coverSoon({ start }) {
    this.coverFrom = Math.min(this.coverFrom ?? Infinity, start ? Date.parse(start) : this.bars[0]?.time ?? Infinity);
    clearTimeout(this.coverTimer);
    this.coverTimer = setTimeout(() => {
      const from = this.bars.findLast((bar) => bar.time <= this.coverFrom) ?? this.bars[0];
      this.coverFrom = undefined;
      if (from) this.#cover(from.time, this.bars.at(-1).time);
    }, COVERAGE_PAUSE_MS);
  }

  #coverTail() {
    if (document.hidden || !this.reachesNow || this.bars.length < 2) return;
    this.#cover(this.bars.at(-2).time, this.bars.at(-1).time);
  }

  #failed(error) {
    if (error instanceof Refusal) {
      this.#say({ problem: { status: error.status, message: error.message }, known: error.status === 404 ? false : this.facts.known });
    } else if (error instanceof TypeError || error.name === "TimeoutError") {
      this.#say({ connection: "lost", problem: { code: "away", message: "The server cannot be reached." } });
    } else throw error;
  }

  #say(facts) {
    Object.assign(this.facts, facts);
    this.onFacts();
  }
}

function barOf({ t, o, h, l, c, v, n, vw, final, vendor }) {
  return { time: Date.parse(t), t, o, h, l, c, v, n, vw, final, vendor };
}

const areEqual = (one, other) => ["o", "h", "l", "c", "v", "n", "final"].every((key) => one[key] === other[key]);

const iso = (time) => new Date(time).toISOString();
