// The chart page: loads bars from /v1/bars and keeps them current. candles.js draws them.

import { Candles } from "./candles.js";

const BARS = 600; // per request, for the first view and for each step back in time
const REFRESH_MS = 1000;
const RELOAD_EVERY = 30; // refreshes; shows corrections of older bars
const SYMBOLS_EVERY = 15; // refreshes

const element = (id) => document.getElementById(id);
const address = new URLSearchParams(location.search);

const view = {
  symbol: address.get("symbol"),
  timeframe: address.get("timeframe"),
  pending: false, // bars of the last answer's window may be missing
  timeframes: [], // stored and others of /v1/timeframes; empty until it has answered
  bars: [],
  version: 0, // increases when symbol or timeframe change; answers for older versions are dropped
  atTheBeginning: false,
  loadingOlder: false,
};

const candles = new Candles(element("chart"), { onHover: showLegend, onNearBeginning: loadOlder });

class Refusal extends Error {}

async function fetchJson(path, parameters = {}) {
  const query = new URLSearchParams(parameters);
  const answer = await fetch(`${path}?${query}`, { signal: AbortSignal.timeout(8000) });
  if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Refusal(body.detail.error?.message ?? body.detail), { status: answer.status });
  return body;
}

async function fetchBars(more) {
  const { symbol, timeframe } = view;
  const answer = await fetchJson("/v1/bars", { symbols: symbol, timeframe, limit: BARS, ...more });
  view.pending = (answer.pending ?? []).length > 0;
  return (answer.bars[symbol] ?? []).map((bar) => ({ ...bar, time: Date.parse(bar.t) }));
}

function merge(known, news) {
  const byTime = new Map(known.map((bar) => [bar.time, bar]));
  for (const bar of news) byTime.set(bar.time, bar);
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

async function load() {
  const version = ++view.version;
  Object.assign(view, { bars: [], atTheBeginning: false, loadingOlder: false });
  candles.show([], view.timeframe);
  candles.toTheEnd();
  showLegend(null);
  notice("Loading…", "");
  rememberInAddress();
  await update(version, {});
}

async function update(version, parameters) {
  try {
    const bars = await fetchBars(parameters);
    if (version !== view.version) return;
    view.bars = merge(view.bars, bars);
    candles.show(view.bars, view.timeframe);
    showPrice();
    state("live", "live");
    if (view.bars.length) notice();
    else if (view.pending) notice("Bars are being made", "History has just been loaded. Its bars appear here within a minute.");
    else notice("No bars yet", `${view.symbol} has no bars of ${view.timeframe}. They appear here as soon as its ticks are stored.`);
  } catch (error) {
    if (version === view.version) lost(error);
  }
}

async function refresh(count) {
  if (document.hidden) return;
  if (!view.timeframes.length) await loadTimeframes();
  if (!view.timeframes.length) return;
  if (!view.symbol || count % SYMBOLS_EVERY === 0) await loadSymbols();
  if (!view.symbol) return;
  const last = view.bars.at(-1);
  const onlyNews = last && count % RELOAD_EVERY !== 0;
  await update(view.version, onlyNews ? { start: last.t } : {});
}

async function loadOlder() {
  if (view.atTheBeginning || view.loadingOlder || !view.bars.length) return;
  view.loadingOlder = true;
  const version = view.version;
  try {
    const older = await fetchBars({ sort: "desc", end: view.bars[0].t });
    if (version !== view.version) return;
    view.atTheBeginning = older.length < BARS;
    view.bars = merge(view.bars, older);
    candles.show(view.bars, view.timeframe);
  } catch (error) {
    if (version === view.version) lost(error);
  } finally {
    if (version === view.version) view.loadingOlder = false;
  }
}

async function loadTimeframes() {
  try {
    const { timeframes, others } = await fetchJson("/v1/timeframes");
    view.timeframes = [...timeframes, ...others];
    view.timeframe = [view.timeframe, "1m", timeframes[0]].find((name) => view.timeframes.includes(name));
    element("timeframes").replaceChildren(...timeframes.map(timeframeButton));
    element("others").replaceChildren(new Option("more", ""), ...others.map((name) => new Option(name)));
    showTimeframe();
  } catch (error) {
    lost(error);
  }
}

function timeframeButton(timeframe) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = timeframe;
  button.addEventListener("click", () => { view.timeframe = timeframe; if (view.symbol) load(); });
  return button;
}

function showTimeframe() {
  for (const button of element("timeframes").children) {
    button.setAttribute("aria-pressed", String(button.textContent === view.timeframe));
  }
  const select = element("others");
  select.value = view.timeframe;
  if (select.selectedIndex < 0) select.value = "";
}

async function loadSymbols() {
  try {
    const { symbols } = await fetchJson("/symbols");
    offer(symbols);
    if (!view.symbol && symbols.length) {
      view.symbol = symbols[0];
      element("symbol").value = view.symbol;
      await load();
    } else if (!symbols.length && !view.symbol) {
      state("", "waiting");
      notice("No ticks yet", "The database is empty. Bars appear here as soon as the loader stores ticks.");
    }
  } catch (error) {
    lost(error);
  }
}

function offer(symbols) {
  const select = element("symbol");
  const names = view.symbol && !symbols.includes(view.symbol) ? [view.symbol, ...symbols] : symbols;
  const shown = [...select.options].map((option) => option.value);
  if (names.join("\n") === shown.join("\n")) return;
  select.replaceChildren(...names.map((name) => new Option(name, name, false, name === view.symbol)));
}

function lost(error) {
  if (error.status === 404) {
    state("live", "live");
    notice("Unknown symbol", `No tick of ${view.symbol} has been stored.`);
    return;
  }
  const reason = error instanceof Refusal ? error.message : "The server cannot be reached.";
  state("lost", "disconnected, reconnecting");
  if (!view.bars.length) notice("No connection", `${reason} The page tries again every second.`);
}

function state(kind, text) {
  const target = element("state");
  if (target.className !== kind) target.className = kind;
  if (target.textContent !== text) target.textContent = text;
}

function notice(title, text) {
  const target = element("notice");
  target.hidden = title === undefined;
  target.querySelector("h1").textContent = title ?? "";
  target.querySelector("p").textContent = text ?? "";
}

function showPrice() {
  const [price, change] = element("price").children;
  const last = view.bars.at(-1);
  if (last) {
    const percent = last.c === last.o ? 0 : ((last.c - last.o) / Math.abs(last.o)) * 100;
    price.textContent = candles.price(last.c);
    change.textContent = !Number.isFinite(percent) ? "" : `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(2)} %`;
    change.className = percent < 0 ? "down" : "up";
    change.title = `since this ${view.timeframe} bar opened`;
  }
  document.title = last ? `${candles.price(last.c)} ${view.symbol} · StockPulse` : "StockPulse";
}

function showLegend(bar) {
  const target = element("legend");
  if (!bar) return target.replaceChildren();
  const kind = bar.c < bar.o ? "down" : "up";
  const parts = [["O", "o"], ["H", "h"], ["L", "l"], ["C", "c"]].map(([name, key]) => [name, candles.price(bar[key]), kind]);
  parts.push(["V", candles.volume(bar.v), ""]);
  target.replaceChildren(...parts.flatMap(([name, text, look]) => {
    const value = document.createElement("b");
    value.textContent = text;
    value.className = look;
    return [name, value];
  }));
}

function rememberInAddress() {
  const query = new URLSearchParams({ symbol: view.symbol, timeframe: view.timeframe });
  history.replaceState(null, "", `?${query}`);
  showTimeframe();
}

element("others").addEventListener("change", (event) => {
  view.timeframe = event.target.value || "1m";
  if (view.symbol) load();
});
element("symbol").addEventListener("change", (event) => { view.symbol = event.target.value; load(); });

state("", "connecting");
notice("Loading…", "");
await loadTimeframes();
if (view.timeframes.length) await loadSymbols();
if (view.timeframes.length && view.symbol && !view.version) await load();
for (let count = 1; ; count += 1) {
  await new Promise((resolve) => { setTimeout(resolve, REFRESH_MS); });
  await refresh(count);
}
