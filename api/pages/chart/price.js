// The last price, its change of the day, and the newest bid and ask.

const QUOTE_MS = 2000; // at most as often, while bars change
const DAY_MS = 60_000; // the close of the day before is asked for as often
const TICK_MS = 1000;
const UTC_DAY = 86_400_000;

// elements: { last, change, quote }; page: as chart.js makes it; ask(path, parameters): asks the API.
export function mountPrice({ last, change, quote }, page, ask) {
  const { data, view } = page;
  let before = null; // { c, t } of the day before, as of `key`
  let quoted = null;
  let key = "";
  let [askedQuote, askedDay, isAsking] = [0, 0, false];
  let isStale = true;

  const keyOf = () => `${page.chosen.symbol}\n${page.chosen.source}`;
  const parameters = () => ({ symbols: page.chosen.symbol, source: page.chosen.source });

  setInterval(() => { if (!document.hidden) look(); }, TICK_MS);

  async function look() {
    const now = Date.now();
    if (isAsking || data.facts.known !== true || data.facts.connection === "lost") return;
    const isOther = key !== keyOf();
    const wantsDay = isOther || now - askedDay > DAY_MS || isNewDay();
    if (!wantsDay && !(isStale && now - askedQuote > QUOTE_MS)) return;
    isAsking = true;
    isStale = false;
    askedQuote = now;
    if (wantsDay) askedDay = now;
    const mine = keyOf();
    try {
      const found = wantsDay ? await snapshot() : { latestQuote: await newestQuote() };
      if (mine !== keyOf()) return;
      key = mine;
      quoted = found.latestQuote;
      if (wantsDay) before = found.prevDailyBar;
      show();
    } catch { /* the state of the page says what is away */
    } finally {
      isAsking = false;
    }
  }

  const snapshot = async () => Object.values((await ask("/v1/snapshots", parameters())).snapshots)[0] ?? {};
  const newestQuote = async () => Object.values((await ask("/v1/quotes/latest", parameters())).quotes)[0] ?? null;

  function isNewDay() {
    const bar = data.bars.at(-1);
    return Boolean(bar) && dayOf(bar.time) > dayOf(askedDay) && Date.now() - askedDay > QUOTE_MS;
  }

  function show() {
    const bar = data.reachesNow ? data.bars.at(-1) : null;
    const isCurrent = key === keyOf();
    last.textContent = bar ? view.price(bar.c) : "";
    document.title = bar ? `${view.price(bar.c)} ${data.series.symbol} · StockPulse` : "StockPulse";
    showChange(bar, isCurrent ? before : null);
    showQuote(isCurrent ? quoted : null);
  }

  function showChange(bar, day) {
    const text = bar && day ? changeOf(bar.c, day.c) : "";
    change.textContent = text;
    change.className = text.startsWith("−") ? "down" : "up";
    change.title = day ? `since the close of ${day.t.slice(0, 10)}, days of UTC` : "";
  }

  function showQuote(value) {
    const sides = value ? [["bid", value.bp], ["ask", value.ap]].filter(([, price]) => price !== null) : [];
    quote.replaceChildren(...sides.flatMap(([name, price]) => {
      const mark = document.createElement("b");
      mark.textContent = view.price(price);
      return [`${name} `, mark, " "];
    }));
    quote.title = value ? `quote of ${page.times.long(Date.parse(value.t))} ${page.times.name}` : "";
  }

  return {
    chosen: show,
    bars() {
      isStale = true;
      show();
    },
  };
}

// The change in percent: +1.25 %, with a minus sign that is as wide as the plus.
export function changeOf(price, before) {
  if (before === 0 || before === null) return "";
  const percent = ((price - before) / Math.abs(before)) * 100;
  if (!Number.isFinite(percent)) return "";
  const text = Math.abs(percent).toFixed(2);
  const sign = Number(text) === 0 ? "" : percent < 0 ? "−" : "+";
  return `${sign}${text} %`;
}

const dayOf = (time) => Math.floor(time / UTC_DAY);
