// The chart page: what the address names is loaded by data.js and drawn by view.js; tools.js has the
// controls.

import { Refusal, ask } from "./ask.js";
import { Data } from "./data.js";
import { mountKeys } from "./keys.js";
import { showLegend } from "./legend.js";
import { mountTable } from "./table.js";
import { mountTools } from "./tools.js";
import { View } from "./view.js";

const RETRY_MS = 1000;
const NAMES = ["symbol", "timeframe", "source", "zone", "scale", "lines", "at"]; // in the address
const DEFAULT_TIMEFRAME = "1m";
const TIMEFRAME = /^[1-9]\d*(?:s|m|h|d|w|mo)$/;
const COMMON = new Set(["1s", "1m", "5m", "15m", "30m", "1h", "4h", "12h", "1d"]); // asked for at once, before the list is known

const element = (id) => document.getElementById(id);
const listeners = new Set();

const data = new Data({ onBars: showBars, onFacts: () => showState() });
const view = new View(element("chart"), {
  onHover: (point) => showLegend(element("legend"), point, view),
  onNear: (side) => data[side](),
  onMove: showWay,
});
const showTable = mountTable(element("table"));

export const page = {
  chosen: fromAddress(), choose, onChosen: (fn) => listeners.add(fn), data, view, element,
  timeframes: { stored: [], others: [] },
  showTable: () => showTable(data.bars, view, data.series),
};
const showState = mountTools(page);

function fromAddress() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
}

// Shows another symbol, timeframe and so on; Back leads to what was shown before.
function choose(changes, { replace = false } = {}) {
  const chosen = { ...page.chosen, ...changes };
  const query = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  if (query.toString() !== location.search.slice(1)) history[replace ? "replaceState" : "pushState"](null, "", `?${query}`);
  chose(chosen);
}

function chose(chosen) {
  page.chosen = chosen;
  const { symbol, timeframe, source } = chosen;
  if (symbol && ["symbol", "timeframe", "source"].some((name) => chosen[name] !== data.series[name])) {
    element("chart").setAttribute("aria-label", `Candles and volume of ${symbol}, ${timeframe}`);
    data.open({ symbol, timeframe, source });
  }
  for (const fn of listeners) fn(chosen);
}

function showBars(changed, at) {
  const { bars, stretches, sessions, series } = data;
  if (changed) view.update(changed);
  else view.show(bars, { stretches, sessions, reachesNow: data.reachesNow, timeframe: series.timeframe ?? DEFAULT_TIMEFRAME, at });
  showTable(bars, view, series);
  showWay();
  data.listeners.forEach((fn) => fn(changed));
}

// A way back to the newest bars, where they are not in sight.
function showWay() {
  element("newest").hidden = data.reachesNow && view.isAtNow();
}

async function toNow() {
  if (page.chosen.at) choose({ at: "" });
  await data.toNow();
  view.toTheEnd();
}

async function first() {
  const timeframe = page.chosen.timeframe || DEFAULT_TIMEFRAME;
  if (page.chosen.symbol && COMMON.has(timeframe)) chose({ ...page.chosen, timeframe });
  for (;;) {
    try {
      const { timeframes, others } = await ask("/v1/timeframes");
      page.timeframes = { stored: timeframes, others };
      const { symbols } = page.chosen.symbol ? { symbols: [{ symbol: page.chosen.symbol }] } : await ask("/v1/symbols", { limit: 1 });
      if (symbols.length) {
        const [{ symbol }] = symbols;
        const listed = [...timeframes, ...others];
        const fallback = listed.find((name) => name === DEFAULT_TIMEFRAME) ?? timeframes[0];
        const wanted = page.chosen.timeframe;
        const timeframe = listed.includes(wanted) || await canBe(symbol, wanted) ? wanted : fallback;
        choose({ symbol, timeframe }, { replace: true });
        return;
      }
      Object.assign(data.facts, { connection: "open", problem: null, lostAt: 0 });
    } catch (error) {
      const problem = error instanceof Refusal ? { status: error.status, message: error.message } : { code: "gone" };
      Object.assign(data.facts, { connection: "lost", problem, lostAt: data.facts.lostAt || Date.now() });
    }
    showState();
    await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
  }
}

// Whether there can be bars of a timeframe that is in no list, like 2m.
async function canBe(symbol, timeframe) {
  if (!TIMEFRAME.test(timeframe)) return false;
  try {
    await ask("/v1/bars", { symbols: symbol, timeframe, limit: 1 });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.status !== 422;
  }
  return true;
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
  backgrounds: () => view.backgrounds(),
  state: () => ({ kind: element("state").className, label: element("state").textContent, title: element("notice").hidden ? "" : element("notice").querySelector("h1").textContent, facts: data.facts }),
  resume: () => data.resume(),
  isLive: () => data.facts.connection === "open" && data.facts.live,
  inSight: () => view.visibleBars().map(({ time }) => new Date(time).toISOString()),
};

showState();
await first();
