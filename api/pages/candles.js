// Draws candles and volume on a canvas, with a crosshair; zooms by wheel or pinch, pans by dragging
// or arrow keys. The axis counts bars, so that nights and weekends leave no gaps.

const MINUTE = 60_000;
const FOOT = 26; // px for times, at the bottom
const TOP = 36; // px for the legend
const VOLUME_SHARE = 0.18;
const NARROWEST = 1.5; // px per bar
const WIDEST = 60;
const AHEAD = 4; // empty bars after the last one
const NEAR = 40; // loads older bars if so few are left before the view
const STEPS = [1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10_080].map((n) => n * MINUTE);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export class Candles {
  constructor(canvas, { onHover, onNearBeginning }) {
    Object.assign(this, { canvas, onHover, onNearBeginning });
    this.context = canvas.getContext("2d");
    this.bars = [];
    this.decimals = 2;
    this.barWidth = 8;
    this.end = AHEAD; // bars from the last one to the right edge; negative: scrolled back
    this.pointer = null;
    this.pointers = new Map();
    this.#listen();
  }

  show(bars, timeframe) {
    if (this.end < 0 && this.bars.length && bars.length) {
      // Scrolled back: the view stays in place while new bars arrive.
      const last = this.bars.at(-1).time;
      this.end -= bars.filter((bar) => bar.time > last).length;
    }
    this.bars = bars;
    this.timeframe = timeframe;
    const decimals = bars.slice(-200).map((bar) => Math.max(...[bar.o, bar.h, bar.l, bar.c].map(decimalsOf)));
    this.decimals = Math.min(10, Math.max(2, ...decimals));
    this.draw();
  }

  toTheEnd() {
    this.end = AHEAD;
  }

  price(value) {
    return value.toLocaleString("en-US", { minimumFractionDigits: this.decimals, maximumFractionDigits: this.decimals });
  }

  volume(value) {
    return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 6 : 0 });
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    const { canvas, context } = this;
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = canvas;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.colour = colours(canvas);
    context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
    context.textBaseline = "middle";
    this.right = width - this.#axis();
    this.bottom = height - FOOT;
    const [first, last] = this.#visible();
    if (last < first) return this.onHover(null);
    this.#scale(this.bars.slice(first, last + 1));
    this.#priceAxis();
    this.#timeAxis(first, last);
    context.save();
    context.beginPath();
    context.rect(0, 0, this.right, this.bottom);
    context.clip();
    for (let i = first; i <= last; i += 1) this.#candle(this.bars[i], this.#x(i));
    context.restore();
    this.#lastPrice();
    this.#crosshair(first, last);
    if (first < NEAR && this.end < 0) this.onNearBeginning();
    return undefined;
  }

  #axis() {
    const last = this.bars.at(-1);
    return Math.max(64, last ? Math.ceil(this.context.measureText(this.price(last.h)).width) + 18 : 0);
  }

  #visible() {
    const shown = Math.ceil(this.right / this.barWidth);
    const last = Math.min(this.bars.length - 1, Math.ceil(this.bars.length - 1 + this.end));
    const first = Math.max(0, Math.floor(this.bars.length - 1 + this.end - shown));
    return [first, last];
  }

  #x(index) {
    return this.right + (index - (this.bars.length - 1) - this.end - 0.5) * this.barWidth;
  }

  #scale(bars) {
    const high = Math.max(...bars.map((bar) => bar.h));
    const low = Math.min(...bars.map((bar) => bar.l));
    const room = (high - low || high * 0.001 || 1) * 0.06;
    this.most = Math.max(...bars.map((bar) => bar.v));
    this.high = high + room;
    this.low = low - room;
    this.priceBottom = this.most > 0 ? this.bottom * (1 - VOLUME_SHARE) : this.bottom;
  }

  #y(price) {
    return TOP + ((this.high - price) / (this.high - this.low)) * (this.priceBottom - TOP - 8);
  }

  #priceAxis() {
    const { context } = this;
    const step = niceStep((this.high - this.low) / Math.max(2, (this.priceBottom - TOP) / 56));
    context.textAlign = "left";
    for (let n = Math.ceil(this.low / step); n * step <= this.high; n += 1) {
      const y = Math.round(this.#y(n * step)) + 0.5;
      this.#line(0, y, this.right, y, this.colour.grid);
      context.fillStyle = this.colour.quiet;
      context.fillText(this.price(n * step), this.right + 8, y);
    }
    this.#line(this.right + 0.5, 0, this.right + 0.5, this.bottom, this.colour.line);
    this.#line(0, this.bottom + 0.5, this.canvas.clientWidth, this.bottom + 0.5, this.colour.line);
  }

  #timeAxis(first, last) {
    const { context, bars } = this;
    const width = this.#spacing(first, last);
    const step = STEPS.find((each) => (each / width) * this.barWidth >= 84) ?? STEPS.at(-1);
    let free = 36;
    context.textAlign = "center";
    for (let i = Math.max(1, first); i <= last; i += 1) {
      const x = Math.round(this.#x(i)) + 0.5;
      const begins = Math.floor(bars[i].time / step) !== Math.floor(bars[i - 1].time / step);
      if (begins && x >= free && x < this.right - 30) {
        this.#line(x, 0, x, this.bottom, this.colour.grid);
        context.fillStyle = this.colour.quiet;
        context.fillText(shortTime(bars[i].time, bars[i - 1].time), x, this.bottom + FOOT / 2 + 1);
        free = x + 72;
      }
    }
    context.textAlign = "left";
    context.fillStyle = this.colour.quiet;
    context.fillText("UTC", this.right + 8, this.bottom + FOOT / 2 + 1);
  }

  #spacing(first, last) {
    const gaps = [];
    for (let i = first + 1; i <= last; i += 1) gaps.push(this.bars[i].time - this.bars[i - 1].time);
    gaps.sort((a, b) => a - b);
    return gaps.length ? gaps[gaps.length >> 1] : MINUTE;
  }

  #candle(bar, x) {
    const { context } = this;
    const colour = bar.c < bar.o ? this.colour.down : this.colour.up;
    const body = Math.max(1, Math.floor(this.barWidth * 0.7));
    const left = Math.round(x - body / 2);
    context.fillStyle = colour;
    const top = Math.round(this.#y(Math.max(bar.o, bar.c)));
    const foot = Math.round(this.#y(Math.min(bar.o, bar.c)));
    context.fillRect(left, top, body, Math.max(1, foot - top));
    const wick = Math.round(this.#y(bar.h));
    context.fillRect(left + Math.floor((body - 1) / 2), wick, 1, Math.round(this.#y(bar.l)) - wick + 1);
    if (this.most > 0) {
      const height = Math.max(bar.v > 0 ? 1 : 0, (bar.v / this.most) * (this.bottom * VOLUME_SHARE - 10));
      context.globalAlpha = 0.35;
      context.fillRect(left, this.bottom - height, body, height);
      context.globalAlpha = 1;
    }
  }

  #lastPrice() {
    const bar = this.bars.at(-1);
    if (bar.c > this.high || bar.c < this.low) return;
    const colour = bar.c < bar.o ? this.colour.down : this.colour.up;
    const y = Math.round(this.#y(bar.c)) + 0.5;
    this.#line(0, y, this.right, y, colour, [2, 3]);
    this.#tag(this.price(bar.c), this.right + 1, y, colour);
  }

  #crosshair(first, last) {
    const { pointer } = this;
    if (!pointer || pointer.x > this.right || pointer.y > this.bottom) return this.onHover(this.bars.at(-1));
    const nearest = Math.round(this.bars.length - 1 + this.end + 0.5 + (pointer.x - this.right) / this.barWidth);
    const index = Math.min(last, Math.max(first, nearest));
    const x = Math.round(this.#x(index)) + 0.5;
    const y = Math.round(pointer.y) + 0.5;
    this.#line(x, 0, x, this.bottom, this.colour.quiet, [4, 4]);
    this.#line(0, y, this.right, y, this.colour.quiet, [4, 4]);
    if (y >= TOP && y <= this.priceBottom) {
      const price = this.high - ((y - TOP) / (this.priceBottom - TOP - 8)) * (this.high - this.low);
      this.#tag(this.price(price), this.right + 1, y, this.colour.tag);
    }
    const text = longTime(this.bars[index].time);
    const half = this.context.measureText(text).width / 2 + 8;
    this.#tag(text, Math.min(Math.max(x - half, 0), this.right - 2 * half), this.bottom + FOOT / 2 + 1, this.colour.tag);
    return this.onHover(this.bars[index]);
  }

  #tag(text, x, y, colour) {
    const { context } = this;
    context.fillStyle = colour;
    context.fillRect(x, y - 10, Math.max(context.measureText(text).width + 16, 0), 20);
    context.fillStyle = this.colour.tagInk;
    context.textAlign = "left";
    context.fillText(text, x + 8, y + 0.5);
  }

  #line(fromX, fromY, toX, toY, colour, dash = []) {
    const { context } = this;
    context.strokeStyle = colour;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
    context.setLineDash([]);
  }

  #pan(bars) {
    const most = this.bars.length - 1;
    this.end = Math.min(this.right / this.barWidth - 2, Math.max(-most, this.end + bars));
    this.draw();
  }

  #zoom(factor, x) {
    const before = (this.right - x) / this.barWidth;
    this.barWidth = Math.min(WIDEST, Math.max(NARROWEST, this.barWidth * factor));
    this.#pan((this.right - x) / this.barWidth - before);
  }

  #listen() {
    const { canvas, pointers } = this;
    const positionOf = (event) => ({ x: event.offsetX, y: event.offsetY });
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.#pan(event.deltaX / this.barWidth);
      else this.#zoom(Math.exp(-event.deltaY / 500), event.offsetX);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, positionOf(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      this.pointer = positionOf(event);
      const before = pointers.get(event.pointerId);
      if (before) this.#dragged(event.pointerId, before, this.pointer);
      this.draw();
    });
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
    }
    canvas.addEventListener("pointerleave", () => { this.pointer = null; this.draw(); });
    canvas.addEventListener("dblclick", () => { this.toTheEnd(); this.draw(); });
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  #dragged(id, before, now) {
    const other = [...this.pointers].find(([each]) => each !== id)?.[1];
    if (other) {
      const factor = Math.abs(now.x - other.x) / Math.max(1, Math.abs(before.x - other.x));
      if (factor > 0) this.#zoom(factor, other.x);
    } else this.#pan((before.x - now.x) / this.barWidth);
    this.pointers.set(id, now);
  }

  #key(event) {
    const moves = { ArrowLeft: -5, ArrowRight: 5, PageUp: -50, PageDown: 50 };
    if (event.key in moves) this.#pan(moves[event.key]);
    else if (event.key === "End") { this.toTheEnd(); this.draw(); }
    else if (event.key === "+" || event.key === "-") this.#zoom(event.key === "+" ? 1.2 : 1 / 1.2, this.right);
    else return;
    event.preventDefault();
  }
}

function colours(canvas) {
  const style = getComputedStyle(canvas);
  const named = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    grid: named("grid"), line: named("line"), quiet: named("quiet"), up: named("up"),
    down: named("down"), tag: named("tag"), tagInk: named("tag-ink"),
  };
}

function decimalsOf(value) {
  const text = String(value);
  if (text.includes("e")) return 10;
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 2.5, 5, 10].find((n) => n * power >= rough);
}

const two = (n) => String(n).padStart(2, "0");

function shortTime(time, before) {
  const at = new Date(time);
  const old = new Date(before);
  if (at.getUTCFullYear() !== old.getUTCFullYear()) return String(at.getUTCFullYear());
  if (at.getUTCDate() !== old.getUTCDate() || at.getUTCMonth() !== old.getUTCMonth()) {
    return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  }
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

function longTime(time) {
  const at = new Date(time);
  const day = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}
