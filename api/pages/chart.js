// The chart page: which bars to show, kept fresh through /v1/bars. Drawing is in candles.js.

import { Candles } from "./candles.js";

const TIMEFRAMES = ["1m", "5m", "15m", "30m", "1h", "4h", "12h", "1d"];
const BARS = 600; // of a first look, and of each step back in time
const REFRESH_MS = 1000;
const RELOAD_EVERY = 30; // refreshes: corrections of older bars show up by then
const SYMBOLS_EVERY = 15; // refreshes

const element = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);

const view = {
  symbol: asked.get("symbol"),
  timeframe: TIMEFRAMES.includes(asked.get("timeframe")) ? asked.get("timeframe") : "1m",
  bars: [],
  version: 0, // rises with every change of symbol or timeframe: late answers are dropped
  atTheBeginning: false,
  loadingOlder: false,
};

const candles = new Candles(element("chart"), { onHover: showLegend, onNearBeginning: loadOlder });

class Refusal extends Error {}

async function ask(path, parameters = {}) {
  const query = new URLSearchParams(parameters);
  const answer = await fetch(`${path}?${query}`, { signal: AbortSignal.timeout(8000) });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Refusal(body.detail), { status: answer.status });
  return body;
}

async function fetchBars(more) {
  const { symbol, timeframe } = view;
  const answer = await ask("/v1/bars", { symbols: symbol, timeframe, limit: BARS, ...more });
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
    else notice("No bars yet", `${view.symbol} has none of ${view.timeframe}. They appear here as soon as its ticks arrive.`);
  } catch (error) {
    if (version === view.version) lost(error);
  }
}

async function refresh(count) {
  if (document.hidden) return;
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

async function loadSymbols() {
  try {
    const { symbols } = await ask("/symbols");
    offer(symbols);
    if (!view.symbol && symbols.length) {
      view.symbol = symbols[0];
      element("symbol").value = view.symbol;
      await load();
    } else if (!symbols.length && !view.symbol) {
      state("", "waiting");
      notice("No ticks yet", "The database is empty. This page fills up by itself once the loader stores ticks.");
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
    notice("Unknown symbol", `Nobody has sent a tick of ${view.symbol} yet.`);
    return;
  }
  const reason = error instanceof Refusal ? error.message : "The server cannot be reached.";
  state("lost", "disconnected, trying again");
  if (!view.bars.length) notice("No connection", `${reason} Trying again every second.`);
}

function state(kind, text) {
  const place = element("state");
  if (place.className !== kind) place.className = kind;
  if (place.textContent !== text) place.textContent = text;
}

function notice(title, text) {
  const place = element("notice");
  place.hidden = title === undefined;
  place.querySelector("h1").textContent = title ?? "";
  place.querySelector("p").textContent = text ?? "";
}

function showPrice() {
  const [price, change] = element("price").children;
  const last = view.bars.at(-1);
  if (last) {
    const percent = (last.c / last.o - 1) * 100;
    price.textContent = candles.price(last.c);
    change.textContent = `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(2)} %`;
    change.className = percent < 0 ? "down" : "up";
    change.title = `since this ${view.timeframe} bar opened`;
  }
  document.title = last ? `${candles.price(last.c)} ${view.symbol} · StockPulse` : "StockPulse";
}

function showLegend(bar) {
  const place = element("legend");
  if (!bar) return place.replaceChildren();
  const kind = bar.c < bar.o ? "down" : "up";
  const parts = [["O", "o"], ["H", "h"], ["L", "l"], ["C", "c"]].map(([name, key]) => [name, candles.price(bar[key]), kind]);
  parts.push(["V", candles.volume(bar.v), ""]);
  place.replaceChildren(...parts.flatMap(([name, text, look]) => {
    const value = document.createElement("b");
    value.textContent = text;
    value.className = look;
    return [name, value];
  }));
}

function rememberInAddress() {
  const query = new URLSearchParams({ symbol: view.symbol, timeframe: view.timeframe });
  history.replaceState(null, "", `?${query}`);
  for (const button of element("timeframes").children) {
    button.setAttribute("aria-pressed", String(button.textContent === view.timeframe));
  }
}

element("timeframes").replaceChildren(...TIMEFRAMES.map((timeframe) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = timeframe;
  button.setAttribute("aria-pressed", String(timeframe === view.timeframe));
  button.addEventListener("click", () => { view.timeframe = timeframe; if (view.symbol) load(); });
  return button;
}));
element("symbol").addEventListener("change", (event) => { view.symbol = event.target.value; load(); });

state("", "connecting");
notice("Loading…", "");
await loadSymbols();
if (view.symbol && !view.version) await load();
for (let count = 1; ; count += 1) {
  await new Promise((resolve) => { setTimeout(resolve, REFRESH_MS); });
  await refresh(count);
}
