// What stands behind the candles: stretches outside of the sessions are shaded, those without a feed
// hatched, and buckets in which nothing was traded have a short line at the bottom.

const STRIPE = 6; // px
const LINE = 3;

export class Backdrop {
  // points(): one per place on the axis, as of points.js; colours(): by name; isLowest: of the last pane.
  constructor(points, colours, isLowest) {
    Object.assign(this, { points, colours, isLowest });
    const renderer = { draw: (target) => target.useBitmapCoordinateSpace((scope) => this.#draw(scope)) };
    this.views = [{ zOrder: () => "bottom", renderer: () => renderer }];
  }

  attached({ chart, requestUpdate }) {
    Object.assign(this, { chart, requestUpdate });
  }

  paneViews() {
    return this.views;
  }

  #draw({ context, bitmapSize: { height }, horizontalPixelRatio: ratio }) {
    const { shade, lost, lostSoft, quiet } = this.colours();
    const fill = (colour, top) => ([left, right]) => {
      context.fillStyle = colour;
      context.fillRect(left, top, Math.max(1, right - left), height - top);
    };
    this.#runs(ratio, ({ isClosed }) => isClosed).forEach(fill(shade, 0));
    for (const run of this.#runs(ratio, ({ kind }) => kind === "no feed")) {
      fill(lostSoft, 0)(run);
      hatch(context, lost, run, height, STRIPE * ratio);
    }
    if (this.isLowest) this.#runs(ratio, ({ kind }) => kind === "no trades").forEach(fill(quiet, height - LINE * ratio));
  }

  // Returns the edges of the stretches in sight whose places are of a kind, in pixels of the canvas.
  #runs(ratio, isOfKind) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    const points = this.points();
    if (!range) return [];
    const first = Math.max(0, Math.floor(range.from));
    const last = Math.min(points.length - 1, Math.ceil(range.to));
    const half = scale.options().barSpacing / 2;
    const edge = (index, side) => Math.round((scale.logicalToCoordinate(index) + side * half) * ratio);
    const runs = [];
    for (let from = first; from <= last; from += 1) {
      if (!isOfKind(points[from])) continue;
      let to = from;
      while (to < last && isOfKind(points[to + 1])) to += 1;
      runs.push([edge(from, -1), edge(to, 1)]);
      from = to;
    }
    return runs;
  }
}

function hatch(context, colour, [left, right], height, step) {
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = left - height - ((left - height) % step); x < right; x += step) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}
