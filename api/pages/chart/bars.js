// Bars of one series in the order of time, of pages and of the stream. Pure.
//
// A bar of the stream stands for good: should it be older than a page, the change that the page has
// will come by the stream as well. What the stream says of times that are not loaded is kept until
// their page has come.

import { indexOf } from "./points.js";

const MOST_KEPT = 5000;
const NUMBERS = ["o", "h", "l", "c", "v", "vw"];
const SHOWN = ["o", "h", "l", "c", "v", "n", "final", "vendor"];

// `exact` has the digits as they are stored, which are more than a number of JavaScript has.
export function barOf(sent) {
  const { t, n, final, vendor } = sent;
  const bar = { time: Date.parse(t), t, n, final, vendor, exact: sent };
  for (const name of NUMBERS) bar[name] = sent[name] == null ? null : Number(sent[name]);
  return bar;
}

export class Bars {
  list = [];
  reachesNow = true; // the newest bars are loaded too
  #kept = new Map(); // by time; null: there is none any more

  get first() {
    return this.list[0];
  }

  get last() {
    return this.list.at(-1);
  }

  // Adds a page, in any order, or several pages without a gap between them.
  add(page) {
    const bars = new Map(page.filter(isWhole).map((bar) => [bar.time, bar]));
    for (const bar of this.list) if (bar.isLive || !bars.has(bar.time)) bars.set(bar.time, bar);
    const times = [...bars.keys()];
    const [since, until] = [Math.min(...ends(times)), this.reachesNow ? Infinity : Math.max(...ends(times))];
    for (const [time, bar] of this.#kept) {
      if (time < since || time > until) continue;
      this.#kept.delete(time);
      if (bar) bars.set(time, bar);
      else bars.delete(time);
    }
    this.list = [...bars.values()].sort((one, other) => one.time - other.time);
  }

  // Adds a page up to the newest bar; bars of earlier pages that it should have, but has not, are gone.
  renew(page) {
    const since = Math.min(...ends(page.map(({ time }) => time)));
    this.list = this.list.filter((bar) => bar.isLive || bar.time < since);
    this.add(page);
  }

  // Puts a bar of the stream in its place. Returns the bar if it came at the end or in place of another,
  // "moved" if others have another place now, null if nothing that is loaded changed.
  place(bar) {
    if (!isWhole(bar)) return null;
    bar.isLive = true;
    if (!this.#isWithin(bar.time)) return this.#keep(bar.time, bar);
    this.#kept.delete(bar.time);
    const { list } = this;
    const index = indexOf(list, bar.time);
    const known = list[index];
    if (known?.time !== bar.time) {
      list.splice(index, 0, bar);
      return index === list.length - 1 ? bar : "moved";
    }
    list[index] = bar;
    return SHOWN.every((name) => known[name] === bar[name]) ? null : bar;
  }

  // Takes a bar out whose trades are gone; a page that is on its way may have it still.
  remove(time) {
    this.#keep(time, null);
    if (!this.#isWithin(time)) return null;
    const index = indexOf(this.list, time);
    if (this.list[index]?.time !== time) return null;
    this.list.splice(index, 1);
    return "moved";
  }

  #isWithin(time) {
    if (!this.list.length) return this.reachesNow;
    return time >= this.first.time && (this.reachesNow || time <= this.last.time);
  }

  #keep(time, bar) {
    this.#kept.delete(time);
    this.#kept.set(time, bar);
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value);
    return null;
  }
}

const isWhole = (bar) => [bar.time, bar.o, bar.h, bar.l, bar.c].every(Number.isFinite);

// The least and the greatest, without handing thousands of arguments to a function.
function ends(times) {
  return times.reduce(([least, most], time) => [Math.min(least, time), Math.max(most, time)], [Infinity, -Infinity]);
}
