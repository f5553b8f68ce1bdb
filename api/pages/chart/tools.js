// Puts the controls, and what is told around the chart, together.

import { ask } from "./ask.js";
import { mountCondition } from "./condition.js";
import { exportSeen, mountControls } from "./controls.js";
import { mountLines } from "./lines.js";
import { mountPrice } from "./price.js";
import { mountSearch } from "./search.js";
import { UTC, timesOf } from "./times.js";

const NOTE_MS = 8000;

// page: as chart.js makes it; it gets `times` and setZone(zone). Returns a function that shows the
// state again.
export function mountTools(page) {
  const { element } = page;
  Object.assign(page, { times: UTC, setZone: (zone) => setZone(page, zone) });
  const note = notes(element("note"));
  const showSymbol = mountSearch(
    { input: element("symbol"), list: element("found"), status: element("found-count") },
    { ask, chosen: () => page.chosen.symbol, onChoose: (symbol) => chooseSymbol(page, symbol) },
  );
  const lines = mountLines({ list: element("lines"), form: element("add-line"), legend: element("line-legend") }, page);
  const controls = mountControls(page, { note });
  const parts = [
    lines,
    controls,
    mountPrice({ last: element("last"), change: element("change"), quote: element("quote") }, page, ask),
  ];
  page.onChosen((chosen) => {
    showSymbol();
    for (const part of parts) part.chosen(chosen);
  });
  page.data.on((changed) => { for (const part of parts) part.bars(changed); });

  element("export").addEventListener("click", () => {
    if (page.view.visibleBars().length) exportSeen(page, lines.computed());
    else note("There are no bars in sight.");
  });
  closeMenu(element("indicators"));
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, select, textarea");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    element("symbol").focus();
  });
  const showCondition = mountCondition({ label: element("state"), notice: element("notice") }, page, ask);
  return () => {
    controls.facts();
    showCondition();
  };
}

// Another symbol need not have the source that the address names.
function chooseSymbol(page, symbol) {
  const source = symbol === page.chosen.symbol ? page.chosen.source : "";
  page.choose({ symbol, source, at: "" });
}

function setZone(page, zone) {
  const times = timesOf(zone, page.chosen.timeframe);
  if (times.zone === page.times.zone && times.isDaily === page.times.isDaily) return;
  page.times = times;
  page.view.setTimes(times);
  page.showTable();
}

// Escape, and a press anywhere else, close a menu.
function closeMenu(menu) {
  addEventListener("pointerdown", ({ target }) => { if (!menu.contains(target)) menu.open = false; });
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    menu.open = false;
    menu.firstElementChild.focus();
  });
}

// Shows a sentence for a while; a screen reader says it.
function notes(target) {
  let timer = null;
  return (text) => {
    clearTimeout(timer);
    target.textContent = text;
    timer = setTimeout(() => { target.textContent = ""; }, NOTE_MS);
  };
}
