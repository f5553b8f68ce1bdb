// The bars of one series: pages of /v1/bars, kept current by /v1/stream.
//
// The newest page is drawn at once; the stream then begins with its first bar and gives what has
// changed since, so that nothing is missed between the two.

import { ask, Refusal } from "./ask.js";
import { Bars, barOf } from "./bars.js";
import { follow } from "./stream.js";
import { Surroundings } from "./surroundings.js";

const FIRST_BARS = 600;
const PAGE_BARS = 4000;
const BEGINNING = "1970-01-01T00:00:00Z";
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5000;

const FACTS = {
  connection: "connecting", live: false, heardAt: 0, eventAt: 0, lostAt: 0, problem: null, known: null,
  hasBars: false, pending: false, sessions: null, coverage: [], feed: null, instrument: null,
};

export class Data {
  // onBars(changed): null if any bars may differ, else those that were added at the end or replaced;
  // onFacts(): what states.js judges by has changed.
  constructor({ onBars, onFacts }) {
    Object.assign(this, { onBars, onFacts, generation: 0, stream: null, around: null, listeners: new Set() });
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
      bars: () => this.bars, say: (facts) => this.#say(facts), onChange: () => this.onBars(null),
    });
    this.onBars(null);
    this.onFacts();
    return this.#begin(this.generation, RETRY_MS);
  }

  // Loads the page before the first bar; false if there is none.
  older() {
    if (!this.olderToken || this.loading) return false;
    const parameters = { sort: "desc", limit: PAGE_BARS, page_token: this.olderToken };
    return this.#page(parameters, (page) => { this.olderToken = page.next_page_token; });
  }

  // Loads the page after the last bar, where goTo() has led away from the newest ones.
  newer() {
    if (this.reachesNow || this.loading) return false;
    return this.#page({ limit: PAGE_BARS, start: this.held.last.t }, (page) => {
      this.held.reachesNow = page.next_page_token === null;
    });
  }

  // Makes the bars around a time those that are loaded; false if there are none before it.
  async goTo(time) {
    if (this.bars.length && this.reachesNow && time >= this.held.first.time) return true;
    const found = await this.#page({ sort: "desc", limit: PAGE_BARS / 2, end: new Date(time).toISOString() }, (page) => {
      if (!page.bars.length) return;
      this.held = new Bars();
      this.held.reachesNow = false;
      this.around.forget();
      this.olderToken = page.next_page_token;
    });
    if (found) await this.newer();
    return found;
  }

  toNow() {
    return this.reachesNow ? Promise.resolve() : this.open(this.series);
  }

  resume() {
    return this.stream?.token() ?? null;
  }

  #empty(series) {
    const facts = { ...FACTS, ...series };
    Object.assign(this, { series, held: new Bars(), olderToken: undefined, loading: false, stream: null, facts });
  }

  async #begin(generation, pause) {
    const parameters = { sort: "desc", limit: FIRST_BARS };
    const found = await this.#page(parameters, (page) => {
      this.olderToken = page.next_page_token;
      this.#say({ known: true, problem: null });
    });
    if (generation !== this.generation) return;
    if (this.facts.known) {
      this.#follow(generation);
      await this.around.describe();
      return;
    }
    if (!found) await new Promise((resolve) => { setTimeout(resolve, pause); });
    if (generation === this.generation) await this.#begin(generation, Math.min(LONGEST_RETRY_MS, pause * 1.5));
  }

  // Asks for bars and adds them; take(page) is called before. False if there were none, or no answer.
  async #page(parameters, take) {
    const { generation, held } = this;
    const { symbol, timeframe, source } = this.series;
    this.loading = true;
    try {
      const page = await ask("/v1/bars", { symbols: symbol, timeframe, source, decimals: "string", ...parameters });
      if (generation !== this.generation || held !== this.held) return false;
      const bars = (Object.values(page.bars)[0] ?? []).map(barOf);
      take({ ...page, bars });
      this.held.add(bars);
      this.#say({ hasBars: this.bars.length > 0, pending: (page.pending ?? []).length > 0 });
      this.onBars(null);
      if (bars.length) {
        const [first, last] = [bars[0].time, bars.at(-1).time].sort((one, other) => one - other);
        this.around.cover(first, last);
      }
      return bars.length > 0;
    } catch (error) {
      if (generation === this.generation) this.#failed(error);
      return false;
    } finally {
      if (generation === this.generation) this.loading = false;
    }
  }

  #follow(generation) {
    const { symbol, timeframe, source } = this.series;
    const parameters = { symbols: symbol, timeframe, channels: "bars,provisional,coverage", decimals: "string" };
    this.stream = follow(source ? { ...parameters, source } : parameters, this.held.first?.t ?? BEGINNING, {
      onEvents: (events) => this.#take(events),
      onOpen: () => this.#say({ connection: "open", problem: null, lostAt: 0 }),
      onLost: (problem) => this.#lost(problem),
      onUnknown: () => { if (generation === this.generation) this.open(this.series); },
    });
  }

  #take(events) {
    const now = Date.now();
    const told = { heardAt: now, connection: "open", problem: null, lostAt: 0 };
    const changes = [];
    for (const event of events) {
      if (event.type === "bar") {
        told.eventAt = now;
        changes.push(event.removed ? this.held.remove(Date.parse(event.t)) : this.held.place(barOf(event)));
      } else if (event.type === "coverage") {
        this.around.coverSoon(event.start ? Date.parse(event.start) : this.held.first?.time ?? now);
      } else if (event.type === "live") told.live = true;
    }
    const changed = changes.filter(Boolean);
    if (changed.length) {
      told.hasBars = this.bars.length > 0;
      this.onBars(changed.includes("moved") ? null : changed);
    }
    this.#say(told);
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
