// What stands behind the candles: stretches outside of the sessions are shaded, those without a feed
// hatched, and buckets in which nothing was traded have a short line at the bottom.

const STRIPE = 6; // px

export class Backdrop {
  // points(): one per place on the axis, with the `kind` of its background; colours(): by name.
  constructor(points, colours) {
    Object.assign(this, { points, colours });
    const renderer = { draw: (target) => target.useBitmapCoordinateSpace((scope) => this.#draw(scope)) };
    this.views = [{ zOrder: () => "bottom", renderer: () => renderer }];
  }

  attached({ chart, requestUpdate }) {
    Object.assign(this, { chart, requestUpdate });
  }

  paneViews() {
    return this.views;
  }

  #draw({ context, bitmapSize, horizontalPixelRatio: ratio }) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    const points = this.points();
    if (!range || !points.length) return;
    const first = Math.max(0, Math.floor(range.from));
    const last = Math.min(points.length - 1, Math.ceil(range.to));
    const half = scale.options().barSpacing / 2;
    const edge = (index, side) => Math.round((scale.logicalToCoordinate(index) + side * half) * ratio);
    for (let from = first; from <= last; from += 1) {
      const { kind } = points[from];
      if (!kind) continue;
      let to = from;
      while (to < last && points[to + 1].kind === kind) to += 1;
      this.#band(context, kind, edge(from, -1), edge(to, 1), bitmapSize.height, ratio);
      from = to;
    }
  }

  #band(context, kind, left, right, height, ratio) {
    const colours = this.colours();
    const width = Math.max(1, right - left);
    if (kind === "no trades") {
      context.fillStyle = colours.quiet;
      context.fillRect(left, height - 3 * ratio, width, 2 * ratio);
      return;
    }
    context.fillStyle = kind === "no feed" ? colours.lostSoft : colours.shade;
    context.fillRect(left, 0, width, height);
    if (kind === "no feed") hatch(context, colours.lost, left, width, height, STRIPE * ratio);
  }
}

function hatch(context, colour, left, width, height, step) {
  context.save();
  context.beginPath();
  context.rect(left, 0, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = left - height - ((left - height) % step); x < left + width; x += step) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}
