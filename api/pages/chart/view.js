// Draws bars with TradingView's lightweight-charts: candles above, volume below.

import { ZonedScale, timeOptions } from "./axis.js";
import { Backdrop } from "./backdrop.js";
import { LEAST_DECIMALS, decimalsOf, formatOf, volumeOf } from "./digits.js";
import { indexOf, pointOf, pointsOf } from "./points.js";
import { UTC } from "./times.js";

const { createChartEx, CandlestickSeries, HistogramSeries, LineSeries, CrosshairMode, PriceScaleMode } = window.LightweightCharts;

const AHEAD = 4; // empty places after the last bar
const NEAR = 150; // asks for older bars if so few are left before the view
const WIDEST = 60; // px per bar
const BAR_WIDTH = 8;
const VOLUME_SHARE = 0.2;
const SAMPLE = 200; // bars that say how many decimals prices have
const SCALES = { normal: PriceScaleMode.Normal, log: PriceScaleMode.Logarithmic, percent: PriceScaleMode.Percentage };
const COLOURS = [
  "paper", "ink", "quiet", "line", "grid", "up", "down", "upSoft", "downSoft", "tag", "shade", "lost", "lostSoft",
];

export class View {
  // onHover(point or null), onNear("older" or "newer"), onMove()
  constructor(container, { onHover, onNear, onMove }) {
    Object.assign(this, { container, onHover, onNear, onMove, points: [], bars: [], timeframe: "1m", times: UTC, hovered: null, lines: new Map() });
    Object.assign(this, { stretches: [], sessions: null, reachesNow: true, decimals: LEAST_DECIMALS, format: formatOf(LEAST_DECIMALS) });
    this.scale = new ZonedScale(() => this.times);
    this.chart = createChartEx(container, this.scale, this.#options());
    this.candles = this.chart.addSeries(CandlestickSeries, {}, 0);
    this.volumes = this.chart.addSeries(HistogramSeries, {
      priceFormat: { type: "volume" }, priceLineVisible: false, lastValueVisible: false,
    }, 1);
    this.volumes.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0 } });
    const panes = this.chart.panes();
    panes[0].setStretchFactor(1 - VOLUME_SHARE);
    panes[1].setStretchFactor(VOLUME_SHARE);
    this.backdrops = [this.candles, this.volumes].map((series) => {
      const backdrop = new Backdrop(() => this.points, () => this.colour, series === this.volumes);
      series.attachPrimitive(backdrop);
      return backdrop;
    });
    this.#listen();
    this.#paint();
  }

  // Shows other bars, or the same ones with what is known of the times between them; `at` is the time
  // that is to be in sight.
  show(bars, { stretches = [], sessions = null, reachesNow = true, timeframe, at }) {
    const isOther = timeframe !== this.timeframe || !this.bars.length;
    Object.assign(this, { bars, stretches, sessions, reachesNow, timeframe });
    if (isOther) this.chart.applyOptions(timeOptions(this.times, timeframe));
    this.#setDecimals();
    this.#keepPlace(() => {
      this.points = pointsOf(bars, stretches, sessions, timeframe, { reachesNow });
      this.#setData();
    });
    if (at !== undefined) this.goTo(at);
    else if (isOther) this.toTheEnd();
  }

  // Shows bars that were added at the end, or replaced.
  update(changed) {
    if (!changed.every((bar) => this.#isKnown(bar))) { // in a place that had no bar
      this.show(this.bars, this);
      return;
    }
    this.#keepTail(() => {
      for (const bar of changed) {
        const index = indexOf(this.points, bar.time);
        const isOld = index < this.points.length - 1;
        this.points[index] = pointOf(bar, this.stretches, this.sessions, this.timeframe);
        this.candles.update(this.#candle(bar), isOld);
        this.volumes.update(this.#volume(bar), isOld);
      }
    });
    if (decimalsOf(changed) > this.decimals) this.#setDecimals();
    this.#hover(this.hovered ?? null);
  }

  setLines(lines) {
    const names = new Set(lines.map(({ name }) => name));
    for (const [name, series] of this.lines) {
      if (names.has(name)) continue;
      this.chart.removeSeries(series);
      this.lines.delete(name);
    }
    for (const { name, colour, values } of lines) {
      const series = this.lines.get(name) ?? this.chart.addSeries(LineSeries, {
        lineWidth: 1.5, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false,
      }, 0);
      this.lines.set(name, series);
      series.applyOptions({ color: named(this.container, colour), priceFormat: this.#priceFormat() });
      series.setData(values.map(itemOf));
      series.lastTime = values.at(-1)?.time;
    }
  }

  // Gives lines their newest values, [{ name, values }]; the others stay.
  extendLines(tails) {
    for (const { name, values } of tails) {
      const series = this.lines.get(name);
      const until = series?.lastTime ?? -Infinity;
      for (const value of values) series?.update(itemOf(value), value.time < until);
      if (series && values.length) series.lastTime = Math.max(until, values.at(-1).time);
    }
  }

  setScale(name) {
    this.candles.priceScale().applyOptions({ mode: SCALES[name] ?? SCALES.normal, autoScale: true });
  }

  setTimes(times) {
    const lines = [...this.lines.values()].map((series) => [series, series.data()]);
    this.times = times;
    this.chart.applyOptions(timeOptions(times, this.timeframe));
    // Without any data the marks are forgotten; they are weighed again in the zone.
    this.#keepPlace(() => {
      for (const series of [this.candles, this.volumes, ...this.lines.values()]) series.setData([]);
      this.#setData();
      for (const [series, items] of lines) series.setData(items);
    });
  }

  toTheEnd() {
    const scale = this.chart.timeScale();
    const to = this.points.length - 1 + AHEAD;
    if (scale.width() > 0 && this.points.length) this.#move({ from: to + 1 - scale.width() / BAR_WIDTH, to });
    else scale.scrollToPosition(AHEAD + this.#tail(), false); // before the first frame
    this.candles.priceScale().applyOptions({ autoScale: true });
  }

  goTo(time) {
    const range = this.#range();
    const index = indexOf(this.points, time);
    const half = range ? (range.to - range.from) / 2 : 50;
    this.#move({ from: index - half, to: index + half });
  }

  scroll(places) {
    const range = this.#range();
    if (!range) return;
    const least = AHEAD - (range.to - range.from); // one bar stays in sight
    const by = Math.min(this.points.length - AHEAD - range.from, Math.max(least - range.from, places));
    this.#move({ from: range.from + by, to: range.to + by });
  }

  // Zooms by a factor; the newest bar in sight stays where it is.
  zoom(factor) {
    const range = this.#range();
    if (range) this.#move({ from: range.to - (range.to - range.from) / factor, to: range.to });
  }

  // Puts the crosshair on the bar after or before the one that it is on.
  step(by) {
    const { to = 0 } = this.#range() ?? {};
    const last = this.points.length - 1;
    const index = Math.min(last, Math.max(0, this.hovered === null ? Math.floor(to) : this.hovered + by));
    const point = this.points[index];
    if (!point) return null;
    this.chart.setCrosshairPosition(point.bar?.c ?? this.#closeBefore(index), point.time / 1000, this.candles);
    this.#hover(index);
    return point;
  }

  visibleBars() {
    const range = this.#range();
    if (!range) return [];
    return this.points.slice(Math.max(0, Math.ceil(range.from)), Math.floor(range.to) + 1).flatMap(({ bar }) => bar ?? []);
  }

  // Whether new bars come into sight by themselves, at a scale that fits them.
  isAtNow() {
    const range = this.#range();
    return !range || !this.points.length || (range.to >= this.points.length - 1 && this.candles.priceScale().options().autoScale);
  }

  // What stands behind the bars: [{ from, to, kind, isClosed }], the times of first and last places.
  backgrounds() {
    const found = [];
    for (const { time, kind, isClosed } of this.points) {
      const at = new Date(time).toISOString();
      const last = found.at(-1);
      if (last?.kind === kind && last.isClosed === isClosed) last.to = at;
      else found.push({ from: at, to: at, kind, isClosed });
    }
    return found;
  }

  // The bars that the library holds, as it draws them.
  drawn() {
    const volumes = new Map(this.volumes.data().map((item) => [item.time, item]));
    return this.candles.data().filter((item) => "open" in item).map((item) => ({
      t: new Date(item.time * 1000).toISOString(), o: item.open, h: item.high, l: item.low, c: item.close,
      v: volumes.get(item.time)?.value, final: item.color === undefined,
    }));
  }

  price(value) {
    return this.format.format(value);
  }

  volume(bar) {
    return volumeOf(bar);
  }

  #options() {
    return {
      autoSize: true,
      layout: { attributionLogo: false, fontSize: 12, fontFamily: getComputedStyle(this.container).fontFamily },
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { minimumWidth: 64 },
      timeScale: { rightOffset: AHEAD, barSpacing: BAR_WIDTH, maxBarSpacing: WIDEST, minBarSpacing: 0.2, rightBarStaysOnScroll: false },
      ...timeOptions(this.times, this.timeframe),
    };
  }

  #listen() {
    const scale = this.chart.timeScale();
    scale.subscribeVisibleLogicalRangeChange((range) => {
      if (!range || !this.points.length) return;
      this.onMove();
      if (range.from < NEAR) this.onNear("older");
      if (range.to > this.points.length - NEAR) this.onNear("newer");
    });
    this.chart.subscribeCrosshairMove(({ logical, point }) => this.#hover(point && logical !== undefined ? logical : null));
    this.container.addEventListener("pointerup", () => this.onMove()); // the price axis may have been dragged
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paint());
  }

  #hover(index) {
    this.hovered = index === null ? null : Math.min(this.points.length - 1, Math.max(0, index));
    this.onHover(this.points[this.hovered ?? this.points.length - 1] ?? null);
  }

  // Takes the colours from the page's style.
  #paint() {
    this.colour = Object.fromEntries(COLOURS.map((name) => [name, named(this.container, `--${dashed(name)}`)]));
    const { paper, quiet, line, grid, up, down, tag } = this.colour;
    const crosshair = { color: quiet, labelBackgroundColor: tag };
    this.chart.applyOptions({
      layout: { background: { color: paper }, textColor: quiet, panes: { separatorColor: line, separatorHoverColor: line } },
      grid: { vertLines: { color: grid }, horzLines: { color: grid } },
      crosshair: { vertLine: crosshair, horzLine: crosshair },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
    });
    this.candles.applyOptions({ upColor: up, downColor: down, borderUpColor: up, borderDownColor: down, wickUpColor: up, wickDownColor: down });
    this.#keepPlace(() => this.#setData()); // bars that are not final have colours of their own
  }

  #setData() {
    this.candles.setData(this.points.map(({ time, bar }) => (bar ? this.#candle(bar) : { time: time / 1000 })));
    this.volumes.setData(this.points.map(({ time, bar }) => (bar ? this.#volume(bar) : { time: time / 1000 })));
    for (const backdrop of this.backdrops) backdrop.requestUpdate?.();
    if (this.points.length) this.#hover(null);
  }

  #candle({ time, o, h, l, c, final }) {
    const candle = { time: time / 1000, open: o, high: h, low: l, close: c };
    if (final !== false) return candle;
    const [line, body] = c < o ? [this.colour.down, this.colour.downSoft] : [this.colour.up, this.colour.upSoft];
    return { ...candle, color: body, borderColor: line, wickColor: line };
  }

  #volume({ time, o, c, v }) {
    return { time: time / 1000, value: v ?? 0, color: c < o ? this.colour.downSoft : this.colour.upSoft };
  }

  #setDecimals() {
    this.decimals = decimalsOf(this.bars.slice(-SAMPLE));
    this.format = formatOf(this.decimals);
    this.candles.applyOptions({ priceFormat: this.#priceFormat() });
  }

  #priceFormat() {
    return { type: "custom", minMove: 10 ** -this.decimals, formatter: (value) => this.price(value) };
  }

  #closeBefore(index) {
    return this.points.slice(0, index).findLast(({ bar }) => bar)?.bar.c ?? 0;
  }

  #isKnown({ time }) {
    if (time > (this.points.at(-1)?.time ?? -Infinity)) return true;
    const point = this.points[indexOf(this.points, time)];
    return point.time === time && point.bar !== null;
  }

  // The places after the newest bar.
  #tail() {
    return this.points.length - 1 - this.points.findLastIndex(({ bar }) => bar);
  }

  // What is in sight, or will be: the library moves with the next frame.
  #range() {
    return this.target ?? this.chart.timeScale().getVisibleLogicalRange();
  }

  #move(range) {
    this.target = range;
    this.chart.timeScale().setVisibleLogicalRange(range);
    requestAnimationFrame(() => { if (this.target === range) this.target = null; });
  }

  // Changes the points; the view stays by time, as bars may come before it.
  #keepPlace(change) {
    const range = this.#range();
    if (!range || range.to >= this.points.length - 1) {
      this.#keepTail(change);
      return;
    }
    const index = Math.max(0, Math.floor(range.to));
    const { time } = this.points[index];
    change();
    const to = indexOf(this.points, time) + range.to - index;
    this.#move({ from: to - (range.to - range.from), to });
  }

  // Changes points at the end. The library follows the newest bar; the places after it come in sight.
  #keepTail(change) {
    const range = this.#range();
    const [last, tail] = [this.points.length - 1, this.#tail()];
    change();
    if (!range || range.to < last || (this.#tail() === tail && !this.target)) return;
    const by = this.points.length - 1 - last;
    this.#move({ from: range.from + by, to: range.to + by });
  }
}

const itemOf = ({ time, value }) => ({ time: time / 1000, value });

const named = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
