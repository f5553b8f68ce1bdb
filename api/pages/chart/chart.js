// The chart page: what the address names is loaded by data.js and drawn by view.js.

import { ask } from "./ask.js";
import { Data } from "./data.js";
import { mountKeys } from "./keys.js";
import { showLegend } from "./legend.js";
import { mountTable } from "./table.js";
import { View } from "./view.js";

const RETRY_MS = 1000;
const NAMES = ["symbol", "timeframe", "source", "zone", "scale", "lines"]; // in the address
const DEFAULT_TIMEFRAME = "1m";

const element = (id) => document.getElementById(id);
const listeners = new Set();

const data = new Data({ onBars: showBars, onFacts: showState });
const view = new View(element("chart"), {
  onHover: (point) => showLegend(element("legend"), point, view),
  onNear: (side) => data[side](),
  onMove: showWay,
});
const showTable = mountTable(element("table"));

export const page = { chosen: fromAddress(), choose, onChosen: (fn) => listeners.add(fn), data, view, element };

function fromAddress() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
}

// Shows another symbol, timeframe and so on; Back leads to what was shown before.
function choose(changes, { replace = false } = {}) {
  const chosen = { ...page.chosen, ...changes };
  const query = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  history[replace ? "replaceState" : "pushState"](null, "", `?${query}`);
  chose(chosen);
}

function chose(chosen) {
  const before = page.chosen;
  page.chosen = chosen;
  const isOther = ["symbol", "timeframe", "source"].some((name) => chosen[name] !== data.series[name]);
  if (chosen.scale !== before.scale) view.setScale(chosen.scale);
  for (const fn of listeners) fn(chosen);
  if (isOther && chosen.symbol) {
    const { symbol, timeframe, source } = chosen;
    element("chart").setAttribute("aria-label", `Candles and volume of ${symbol}, ${timeframe}`);
    data.open({ symbol, timeframe, source });
  }
}

function showBars(changed) {
  const { bars, stretches, sessions } = data;
  if (changed) view.update(changed);
  else view.show(bars, { stretches, sessions, timeframe: data.series.timeframe ?? DEFAULT_TIMEFRAME, symbol: data.series.symbol });
  showTable(bars, view, data.series);
  showPrice();
  showWay();
  data.listeners.forEach((fn) => fn(changed));
}

// A way back to the newest bars, where they are not in sight.
function showWay() {
  element("newest").hidden = data.reachesNow && view.isAtNow();
}

function toNow() {
  return data.toNow().then(() => view.toTheEnd());
}

function showPrice() {
  const last = data.bars.at(-1);
  element("price").firstElementChild.textContent = last ? view.price(last.c) : "";
  document.title = last ? `${view.price(last.c)} ${data.series.symbol} · StockPulse` : "StockPulse";
}

function showState() {
  const { kind, label, title, text } = stateOf(data.facts);
  const target = element("state");
  if (target.className !== kind) target.className = kind;
  if (target.textContent !== label) target.textContent = label;
  const notice = element("notice");
  notice.hidden = !title;
  notice.querySelector("h1").textContent = title;
  notice.querySelector("p").textContent = text;
}

function stateOf({ connection, live, problem, known, hasBars, pending, symbol, timeframe }) {
  if (known === false) return { kind: "lost", label: "unknown symbol", title: "Unknown symbol", text: `Nothing of ${symbol} has been stored.` };
  const label = connection === "open" && live ? "live" : connection === "open" ? "catching up" : connection === "lost" ? "disconnected, reconnecting" : "connecting";
  const kind = label === "live" ? "live" : connection === "lost" ? "lost" : "waiting";
  if (hasBars) return { kind, label, title: "", text: "" };
  if (problem) return { kind: "lost", label: "no connection", title: "No connection", text: problem.message ?? "The server cannot be reached." };
  if (pending) return { kind, label, title: "Bars are being made", text: "History has just been loaded. Its bars appear here within a minute." };
  if (known) return { kind, label, title: "No bars yet", text: `${symbol} has no bars of ${timeframe}. They appear here as soon as its ticks are stored.` };
  return { kind, label, title: "Loading…", text: "" };
}

async function first() {
  for (;;) {
    try {
      const { timeframes, others } = await ask("/v1/timeframes");
      const { symbols } = page.chosen.symbol ? { symbols: [{ symbol: page.chosen.symbol }] } : await ask("/v1/symbols", { limit: 1 });
      if (symbols.length) {
        const timeframe = [page.chosen.timeframe, DEFAULT_TIMEFRAME].find((name) => [...timeframes, ...others].includes(name)) ?? timeframes[0];
        choose({ symbol: symbols[0].symbol, timeframe }, { replace: true });
        return;
      }
      Object.assign(data.facts, { connection: "open", known: null });
    } catch { Object.assign(data.facts, { connection: "lost" }); }
    showState();
    await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
  }
}

addEventListener("popstate", () => chose(fromAddress()));
mountKeys(element("chart"), view, {
  toTheEnd: toNow,
  say: (text) => { element("said").textContent = text; },
});

element("newest").addEventListener("click", toNow);

// For tests: what is drawn, what the page says, and where the stream goes on.
window.stockpulse = {
  bars: () => view.drawn(),
  state: () => ({ kind: element("state").className, label: element("state").textContent, title: element("notice").hidden ? "" : element("notice").querySelector("h1").textContent, facts: data.facts }),
  resume: () => data.resume(),
  backgrounds: () => view.backgrounds(),
};

showState();
await first();
