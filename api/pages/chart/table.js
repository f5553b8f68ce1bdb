// The last bars as a table that is not seen: what screen readers get of the canvas.

const ROWS = 10;
const EVERY_MS = 1000;
const HEADS = ["Time", "Open", "High", "Low", "Close", "Volume", "State"];

// Returns a function that shows bars; it does so once per second at most.
export function mountTable(target) {
  let timer = null;
  let wanted = null;
  return (...shown) => {
    wanted = shown;
    if (timer) return;
    timer = setTimeout(() => {
      timer = null;
      draw(target, ...wanted);
    }, target.firstChild ? EVERY_MS : 0);
  };
}

function draw(target, bars, view, { symbol, timeframe }) {
  const table = document.createElement("table");
  table.createCaption().textContent = `The last bars of ${symbol}, ${timeframe}, newest first; times are ${view.times.name}`;
  const head = table.createTHead().insertRow();
  for (const name of HEADS) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const bar of bars.slice(-ROWS).reverse()) {
    const row = body.insertRow();
    for (const text of [view.times.long(bar.time), ...[bar.o, bar.h, bar.l, bar.c].map((value) => view.price(value)),
      view.volume(bar), bar.final === false ? "not final" : "final"]) row.insertCell().textContent = text;
  }
  target.replaceChildren(table);
}
