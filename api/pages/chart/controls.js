// The controls above the chart: timeframes, price axis, time zone, a date to go to, and the export.

import { csvOf, fileNameOf } from "./csv.js";
import { CHOICES, nameOf, zoneOf } from "./times.js";

// page: as chart.js makes it; note(text): says something for a moment.
export function mountControls(page, { note }) {
  const zone = mountZone(page);
  const parts = [mountTimeframes(page), mountScale(page, note), zone, mountDate(page, note)];
  return {
    chosen(chosen) { for (const part of parts) part.chosen?.(chosen); },
    bars() { for (const part of parts) part.bars?.(); },
    facts: zone.bars, // of the exchange nothing is known at first
  };
}

// Buttons for the stored timeframes, and a list of all.
function mountTimeframes(page) {
  const [group, select] = [page.element("timeframes"), page.element("others")];
  const choose = (timeframe) => page.choose({ timeframe });
  select.addEventListener("change", () => choose(select.value));

  return {
    chosen({ timeframe }) {
      const { stored, others } = page.timeframes;
      const listed = [...stored, ...others];
      if (group.children.length !== stored.length) {
        group.replaceChildren(...stored.map((name) => buttonOf(name, () => choose(name))));
        select.replaceChildren(...listed.map((name) => new Option(name, name)));
      }
      if (stored.length && ![...select.options].some(({ value }) => value === timeframe)) select.add(new Option(timeframe, timeframe));
      for (const button of group.children) button.setAttribute("aria-pressed", String(button.textContent === timeframe));
      select.value = timeframe;
      select.classList.toggle("picked", stored.length > 0 && !stored.includes(timeframe));
    },
  };
}

function buttonOf(text, press) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", press);
  return button;
}

// A price of 0 or below has no logarithm, and no percentage of it is a number.
function mountScale(page, note) {
  const [select, fit] = [page.element("scale"), page.element("fit")];
  let set = "";
  let refused = "";
  select.addEventListener("change", () => {
    refused = "";
    page.choose({ scale: select.value }, { replace: true });
  });
  fit.addEventListener("click", () => page.view.setScale(set));

  function show() {
    const wanted = page.chosen.scale;
    const cannot = ["log", "percent"].includes(wanted) && page.data.bars.some(({ l }) => l <= 0);
    const scale = cannot ? "" : wanted;
    if (cannot && refused !== wanted) note(`These bars have prices of 0 or below, which have no ${wanted === "log" ? "logarithm" : "change in percent"}.`);
    refused = cannot ? wanted : "";
    select.value = scale;
    if (scale !== set) page.view.setScale(scale);
    set = scale;
  }

  return { chosen: show, bars: show };
}

function mountZone(page) {
  const select = page.element("zone");
  select.addEventListener("change", () => page.choose({ zone: select.value === "utc" ? "" : select.value }, { replace: true }));
  let known;

  function show() {
    const exchange = page.data.instrument?.timezone ?? null;
    if (known !== exchange || !select.options.length) {
      select.replaceChildren(...CHOICES.map((choice) => new Option(titleOf(choice, exchange), choice, false, false)));
      select.options[CHOICES.indexOf("exchange")].disabled = !exchange;
      known = exchange;
    }
    select.value = CHOICES.includes(page.chosen.zone) ? page.chosen.zone : "utc";
    page.setZone(zoneOf(page.chosen.zone, exchange));
  }

  return { chosen: show, bars: show };
}

function titleOf(choice, exchange) {
  if (choice === "utc") return "UTC";
  if (choice === "local") return `Local: ${nameOf(zoneOf("local"))}`;
  return exchange ? `Exchange: ${nameOf(exchange)}` : "Exchange";
}

// A date in the address is gone to once its series has bars; Back, and the newest bars, lead from it.
function mountDate(page, note) {
  const form = page.element("goto");
  const field = form.elements.date;
  let done = "";
  let number = 0;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const time = page.times.parse(field.value);
    if (time === null) note("Choose a date and a time.");
    else page.choose({ at: `${new Date(time).toISOString().slice(0, 19)}Z` });
  });

  function show() {
    const { symbol, timeframe, at } = page.chosen;
    const { bars, series } = page.data;
    const wanted = `${symbol} ${timeframe} ${at}`;
    if (wanted === done || !bars.length || series.symbol !== symbol || series.timeframe !== timeframe) return;
    const wasAway = done.endsWith("Z");
    done = wanted;
    number += 1;
    const time = Date.parse(at);
    if (!Number.isNaN(time)) goTo(time, number);
    else if (wasAway) page.data.toNow().then(() => page.view.toTheEnd());
  }

  async function goTo(time, mine) {
    if (time > Date.now()) {
      note("That is in the future: the newest bars are shown.");
      page.data.toNow().then(() => page.view.toTheEnd());
      return;
    }
    const found = await page.data.goTo(time);
    if (mine !== number) return;
    const [first] = page.data.bars;
    if (found && first?.time > time) note(`There are no bars before ${page.times.long(first.time)}.`);
    page.view.goTo(time);
  }

  return {
    chosen() {
      const time = Date.parse(page.chosen.at);
      if (!Number.isNaN(time)) field.value = page.times.input(time);
      show();
    },
    bars: show,
  };
}

// The bars in sight as a file.
export function exportSeen({ view, data }, lines) {
  const seen = view.visibleBars();
  const text = csvOf(seen, lines);
  download(new Blob([text], { type: "text/csv" }), fileNameOf(data.series, seen));
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
