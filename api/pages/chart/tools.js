// Puts the controls and what is told around the chart together; chart.js tells them what has changed.

import { ask } from "./ask.js";
import { mountCondition } from "./condition.js";
import { exportSeen, mountControls } from "./controls.js";
import { mountLines } from "./lines.js";
import { mountPrice } from "./price.js";
import { mountSearch } from "./search.js";
import { UTC, timesOf } from "./times.js";

const NOTE_MS = 8000;

// page: as chart.js makes it; it gets `times` and setZone(zone).
export function mountTools(page) {
  const { element } = page;
  Object.assign(page, { times: UTC, setZone: (zone) => setZone(page, zone) });
  const note = notes(element("note"));
  const showSymbol = mountSearch(
    { input: element("symbol"), list: element("found"), status: element("found-count") },
    { ask, chosen: () => page.chosen.symbol, onChoose: (symbol) => page.choose({ symbol, at: "" }) },
  );
  const controls = mountControls(page, { note });
  const lines = mountLines({ list: element("lines"), form: element("add-line"), legend: element("line-legend") }, page);
  const price = mountPrice({ last: element("last"), change: element("change"), quote: element("quote") }, page, ask);
  const condition = mountCondition({ label: element("state"), notice: element("notice") }, page, ask);

  element("export").addEventListener("click", () => {
    if (page.view.visibleBars().length) exportSeen(page, ask, lines.computed());
    else note("There are no bars in sight.");
  });
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, select, textarea");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    element("symbol").focus();
  });

  return {
    state: condition.state,
    facts: condition.show,
    chosen(chosen) {
      showSymbol();
      lines.chosen(chosen);
      controls.chosen(chosen);
      price.show();
    },
    bars(changed) {
      controls.bars();
      lines.bars(changed);
      price.changed();
    },
  };
}

function setZone(page, zone) {
  const { timeframe } = page.chosen;
  const times = timesOf(zone, timeframe);
  if (times.zone === page.times.zone && times.isDaily === page.times.isDaily) return;
  page.times = times;
  page.view.setTimes(times);
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
