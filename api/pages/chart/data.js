// The bars of one series: pages of /v1/bars, kept current by /v1/stream.
//
// The newest page is drawn at once. What is loaded is asked for again as soon as the stream is live,
// in case it changed before: from then on each change comes by the stream, whatever its time, and
// after a break too.

import { ask, Refusal } from "./ask.js";
import { Bars, barOf } from "./bars.js";
import { follow } from "./stream.js";
import { Surroundings } from "./surroundings.js";

const FIRST_BARS = 600;
const PAGE_BARS = 4000;
const MOST_BARS = 10_000; // of the API, in a page
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5000;

const FACTS = {
  connection: "connecting", live: false, heardAt: 0, eventAt: 0, lostAt: 0, problem: null, known: null,
  hasBars: false, pending: false, sessions: null, coverage: [],
};

export class Data {
  // onBars(changed, at): null if any bars may differ, else those that were added at the end or
  // replaced; `at` is a time that is to be in sight;
  // onFacts(): what states.js judges by has changed.
  constructor({ onBars, onFacts }) {
    Object.assign(this, { onBars, onFacts, generation: 0, stream: null, around: null, ahead: 0, listeners: new Set() });
    this.#empty({});
  }

  // Calls fn(changed) after each change of the bars, as onBars().
  on(fn) {
    this.listeners.add(fn);
  }

  get bars() {
    return this.held.list;
  }

  get stretches() {
    return this.around?.stretches ?? [];
  }

  get sessions() {
    return this.around?.sessions ?? null;
  }

  // The answer of /v1/symbols/{symbol}, null until it has come.
  get instrument() {
    return this.around?.instrument ?? null;
  }

  get reachesNow() {
    return this.held.reachesNow;
  }

  // Whether there are no bars before the first one.
  get isWhole() {
    return this.olderToken === null;
  }

  // Follows another series; ends with its first page.
  open(series) {
    this.stream?.stop();
    this.around?.stop();
    this.generation += 1;
    this.#empty(series);
    this.around = new Surroundings(series, {
      bars: () => this.bars, reachesNow: () => this.reachesNow, say: (facts) => this.#say(facts), onChange: () => this.onBars(null),
    });
    this.onBars(null);
    this.onFacts();
    return this.#begin(this.generation, RETRY_MS);
  }

  // Loads the page before the first bar; false if there is none.
  older() {
    if (!this.olderToken || this.loading) return false;
    const page = { sort: "desc", limit: PAGE_BARS, page_token: this.olderToken };
    return this.#load([page], ({ next_page_token: token }) => { this.olderToken = token; });
  }

  // Loads the page after the last bar, where goTo() has led away from the newest ones.
  newer() {
    if (this.reachesNow || this.loading) return false;
    return this.#load([{ limit: PAGE_BARS, start: this.held.last.t }], ({ next_page_token: token }) => {
      this.held.reachesNow = token === null;
    });
  }

  // Makes the bars around a time those that are loaded; false if there are none, or no answer.
  async goTo(time) {
    if (this.reachesNow && time >= this.held.first?.time) return true;
    const at = new Date(time).toISOString();
    const pages = [{ sort: "desc", limit: PAGE_BARS, end: at }, { limit: PAGE_BARS, start: at }];
    return this.#load(pages, (before, after) => {
      this.held = new Bars();
      this.held.reachesNow = after.next_page_token === null;
      this.olderToken = before.next_page_token;
      this.around.forget();
    }, time);
  }

  toNow() {
    return this.reachesNow ? Promise.resolve() : this.open(this.series);
  }

  resume() {
    return this.stream?.token() ?? null;
  }

  #empty(series) {
    const facts = { ...FACTS, ...series };
    Object.assign(this, { series, held: new Bars(), olderToken: undefined, loading: false, stream: null, joining: null, facts });
  }

  async #begin(generation, pause) {
    await this.#load([{ sort: "desc", limit: FIRST_BARS }], ({ next_page_token: token }) => {
      this.olderToken = token;
      this.#say({ known: true, problem: null });
    });
    if (generation !== this.generation) return;
    if (this.facts.known) {
      this.#follow(generation);
      await this.around.describe();
      return;
    }
    await new Promise((resolve) => { setTimeout(resolve, pause); });
    if (generation === this.generation) await this.#begin(generation, Math.min(LONGEST_RETRY_MS, pause * 1.5));
  }

  // Asks once more for what has been loaded before the stream was live.
  async #join(generation) {
    this.joining = "asked";
    const { first, last } = this.held;
    const page = this.reachesNow
      ? { sort: "desc", limit: Math.min(MOST_BARS, Math.max(FIRST_BARS, this.bars.length)), end: never() }
      : { start: first.t, end: new Date(last.time + 1).toISOString(), limit: MOST_BARS };
    await this.#load([page], () => {
      this.joining = "done";
      this.#say({ live: this.facts.connection === "open" });
    }, undefined, this.reachesNow ? "renew" : "add");
    if (generation !== this.generation || this.joining === "done") return;
    await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    if (generation === this.generation) await this.#join(generation);
  }

  // Asks for pages, and adds their bars when all have come; take(...pages) is called before. False if
  // there were no bars, or no answer. `at` is the time that is to be in sight.
  async #load(requests, take, at, add = "add") {
    const { generation, held } = this;
    this.loading = true;
    try {
      const pages = await Promise.all(requests.map((one) => this.#ask(one)));
      if (generation !== this.generation || held !== this.held) return false;
      take(...pages);
      const bars = pages.flatMap((page) => page.bars);
      this.held[add](bars);
      this.#say({ hasBars: this.bars.length > 0, pending: pages.some((page) => page.pending?.length) });
      this.onBars(null, at);
      if (bars.length) this.around.cover(...ends(bars));
      return bars.length > 0;
    } catch (error) {
      if (generation === this.generation) this.#failed(error);
      return false;
    } finally {
      if (generation === this.generation) this.loading = false;
    }
  }

  async #ask(parameters) {
    const { symbol, timeframe, source } = this.series;
    const page = await ask("/v1/bars", { symbols: symbol, timeframe, source, decimals: "string", ...parameters });
    return { ...page, bars: (Object.values(page.bars)[0] ?? []).map(barOf) };
  }

  #follow(generation) {
    const { symbol, timeframe, source } = this.series;
    const parameters = { symbols: symbol, timeframe, channels: "bars,provisional,coverage", decimals: "string" };
    this.stream = follow(source ? { ...parameters, source } : parameters, {
      onEvents: (events) => this.take(events),
      onOpen: () => this.#say({ connection: "open", problem: null, lostAt: 0 }),
      onLost: (problem) => this.#lost(problem),
      onPause: () => this.#say({ connection: "connecting", live: false }),
      onUnknown: () => { if (generation === this.generation) this.open(this.series); },
    });
  }

  // Takes the events of a message of the stream.
  take(events) {
    const types = new Set(events.map(({ type }) => type));
    const told = { heardAt: Date.now() };
    // While the database is away the server sends heartbeats; "live" tells that it is back.
    if (types.has("live") || types.has("bar") || this.facts.problem?.code !== "away") {
      Object.assign(told, { connection: "open", problem: null, lostAt: 0 });
    }
    if (types.has("live") && this.joining === "done") told.live = true;
    else if (types.has("live") && !this.joining) this.#join(this.generation);
    const beat = events.find(({ type }) => type === "heartbeat");
    if (beat) this.ahead = Date.parse(beat.at) - told.heardAt; // of the server's clock
    for (const { type, start } of events) {
      if (type === "coverage") this.around.coverSoon(Date.parse(start));
    }
    const bars = events.filter(({ type }) => type === "bar");
    const changes = bars.map((event) => this.#change(event)).filter(Boolean);
    if (bars.length && this.facts.live) told.eventAt = told.heardAt; // history is none of the present
    if (changes.length) {
      told.hasBars = this.bars.length > 0;
      this.onBars(changes.includes("moved") ? null : changes);
    }
    this.#say(told);
  }

  #change(event) {
    return event.gone ? this.held.remove(Date.parse(event.t)) : this.held.place(barOf(event));
  }

  #failed(error) {
    if (error instanceof Refusal) {
      const problem = { status: error.status, message: error.message };
      this.#say({ problem, known: error.status === 404 ? false : this.facts.known });
    } else if (error instanceof TypeError || error.name === "TimeoutError") this.#lost({ code: "gone" });
    else throw error;
  }

  #lost(problem) {
    this.#say({ connection: "lost", live: false, problem, lostAt: this.facts.lostAt || Date.now() });
  }

  #say(facts) {
    Object.assign(this.facts, facts);
    this.onFacts();
  }
}

// An end that no other request has: the server may give an answer twice within a second.
const never = () => `2100-01-01T00:00:00.${String(Date.now() % 1e6).padStart(6, "0")}Z`;

// The times of the first and the last bar.
function ends(bars) {
  return bars.reduce(([first, last], { time }) => [Math.min(first, time), Math.max(last, time)], [Infinity, -Infinity]);
}
