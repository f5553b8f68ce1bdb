// The values of the bar under the crosshair, else of the newest one.

const PRICES = [["O", "o"], ["H", "h"], ["L", "l"], ["C", "c"]];
const SAID = {
  "no feed": "no feed: trades may be missing",
  "no trades": "no trades",
};

export function showLegend(target, point, view) {
  if (!point) {
    target.replaceChildren();
    return;
  }
  const { bar, kind, stretch, isClosed } = point;
  const parts = bar ? values(bar, view) : [];
  if (!bar) parts.push(`${view.times.long(stretch.start)} to ${view.times.long(stretch.end)}:`);
  if (bar?.final === false) parts.push(marked("not final", "note"));
  if (bar?.vendor) parts.push(marked(`bar of ${bar.vendor}`, "note"));
  if (SAID[kind]) parts.push(marked(SAID[kind], kind === "no feed" ? "note lost" : "note"));
  if (isClosed) parts.push(marked("outside of the session", "note"));
  target.replaceChildren(...parts);
}

function values(bar, view) {
  const look = bar.c < bar.o ? "down" : "up";
  return [
    ...PRICES.flatMap(([name, key]) => [name, marked(view.price(bar[key]), look)]),
    "V", marked(view.volume(bar), ""),
  ];
}

function marked(text, look) {
  const mark = document.createElement("b");
  mark.textContent = text;
  mark.className = look;
  return mark;
}
