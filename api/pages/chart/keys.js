// What the keyboard does while the chart has the focus; the library itself knows pointers only.

const SCROLL = { ArrowLeft: -5, ArrowRight: 5, PageUp: -50, PageDown: 50 };
const ZOOM = { "+": 1.2, "=": 1.2, "-": 1 / 1.2 };
const STEP = { ",": -1, ".": 1 };

// toTheEnd(): shows the newest bar; say(text): reads it to a screen reader.
export function mountKeys(container, view, { toTheEnd, say }) {
  container.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key in SCROLL) view.scroll(SCROLL[key]);
    else if (key in ZOOM) view.zoom(ZOOM[key]);
    else if (key === "End") toTheEnd();
    else if (key in STEP) say(spoken(view.step(STEP[key]), view));
    else return;
    event.preventDefault();
  });
}

function spoken(point, view) {
  if (!point) return "";
  const time = view.times.long(point.time);
  if (!point.bar) return `${time}: ${point.kind}`;
  const { o, h, l, c, final } = point.bar;
  const [open, high, low, close] = [o, h, l, c].map((value) => view.price(value));
  return `${time}: open ${open}, high ${high}, low ${low}, close ${close}, volume ${view.volume(point.bar)}${final === false ? ", not final" : ""}`;
}
