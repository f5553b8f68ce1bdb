// Follows /v1/stream. After a break it goes on where it was, by the token of the last message; the
// browser's own way to reconnect gives up for good when the answer is an error, so it is not used.
// A tab that is not seen has no connection: browsers allow six per server, in all tabs together.

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const SILENCE_MS = 16_000; // three heartbeats did not come
const LOOK_MS = 1000;
const HIDDEN_MS = 10_000; // of a tab, until its connection is closed

// onEvents gets the events of each message; onOpen and onLost(problem) are told as the connection
// comes and goes, onPause as it is given back; onUnknown, if the server has no history from the token
// on: start again.
// Returns { stop(), token() }.
export function follow(parameters, listener) {
  const stream = new Stream(parameters, listener);
  return { stop: () => stream.stop(), token: () => stream.token };
}

class Stream {
  constructor(parameters, listener) {
    Object.assign(this, { parameters, listener, token: null, source: null, pause: FIRST_PAUSE_MS });
    this.ended = new AbortController();
    const { signal } = this.ended;
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
    addEventListener("pageshow", ({ persisted }) => { if (persisted) this.#seen(); }, { signal });
    addEventListener("online", () => { if (!this.source) this.#soon(0); }, { signal });
    // A machine that slept, or a proxy that dropped the connection, closes nothing.
    this.watch = setInterval(() => {
      if (this.source && performance.now() - this.heardAt > SILENCE_MS) this.#again({ code: "silent" });
    }, LOOK_MS);
    if (!document.hidden) this.#open();
  }

  stop() {
    this.ended.abort();
    clearInterval(this.watch);
    clearTimeout(this.hiding);
    this.#close();
  }

  #open() {
    const from = this.token === null ? {} : { resume: this.token };
    this.address = `/v1/stream?${new URLSearchParams({ ...this.parameters, ...from })}`;
    this.heardAt = performance.now();
    const source = new EventSource(this.address);
    this.source = source;
    source.onopen = () => { this.heardAt = performance.now(); this.listener.onOpen(); };
    source.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    source.addEventListener("fault", ({ data }) => this.#fault(JSON.parse(data)));
    source.onerror = async () => {
      const wasRefused = source.readyState === EventSource.CLOSED;
      this.#again(wasRefused ? await this.#reason(source) : { code: "gone" }, source);
    };
  }

  #close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  #hear({ resume, events }) {
    this.heardAt = performance.now();
    this.pause = FIRST_PAUSE_MS;
    this.listener.onEvents(events);
    this.token = resume ?? this.token; // not before its events have been taken
  }

  #fault({ resume, events }) {
    const { code, message } = events.find(({ type }) => type === "error");
    this.heardAt = performance.now();
    this.listener.onEvents(events);
    if (code !== "unknown_resume") this.token = resume ?? this.token;
    if (code === "away") this.listener.onLost({ code, message }); // goes on by itself, and says so
    else if (code === "unknown_resume") {
      this.stop();
      this.listener.onUnknown();
    } else this.#again({ code, message });
  }

  #again(problem, source = this.source) {
    if (source !== this.source || this.ended.signal.aborted) return;
    this.#close();
    this.listener.onLost(problem);
    this.#soon(this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(LONGEST_PAUSE_MS, this.pause * 2);
  }

  #soon(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (!document.hidden) this.#open(); }, pause);
  }

  // An EventSource does not say why it was refused; the same request does.
  async #reason(source) {
    const patience = AbortSignal.any([AbortSignal.timeout(4000), this.ended.signal]);
    try {
      const answer = await fetch(this.address, { signal: patience, headers: { Accept: "text/event-stream" } });
      if (answer.ok) {
        await answer.body?.cancel();
        return { code: "gone" };
      }
      if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
      const body = await answer.json();
      return { code: body.type?.split(":").at(-1) ?? "refused", status: answer.status, message: body.detail };
    } catch {
      return { code: source === this.source ? "gone" : "stopped" };
    }
  }

  #seen() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => { this.#close(); this.listener.onPause(); }, HIDDEN_MS);
    else if (!this.source) {
      this.pause = FIRST_PAUSE_MS;
      this.#soon(0);
    }
  }
}
