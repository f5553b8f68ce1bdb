// Bars of one series in the order of time, of pages and of the stream. Pure.
//
// A bar of the stream is newer than that of a page: the stream began before the page was asked for.
// What it says of times that are not loaded is kept until their page has come.

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

  // Adds a page, in any order; where bars are known already they stay.
  add(page) {
    const bars = new Map(page.filter(isWhole).map((bar) => [bar.time, bar]));
    for (const bar of this.list) bars.set(bar.time, bar);
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

  // Puts a bar of the stream in its place. Returns the bar if it came at the end or in place of another,
  // "moved" if others have another place now, null if nothing that is loaded changed.
  place(bar) {
    if (!isWhole(bar)) return null;
    if (!this.#isWithin(bar.time)) return this.#keep(bar.time, bar);
    const { list } = this;
    const index = indexOf(list, bar.time);
    const known = list[index];
    if (known?.time !== bar.time) {
      list.splice(index, 0, bar);
      return index === list.length - 1 ? bar : "moved";
    }
    if (SHOWN.every((name) => known[name] === bar[name])) return null;
    list[index] = bar;
    return bar;
  }

  // Takes a bar out whose trades are gone.
  remove(time) {
    if (!this.#isWithin(time)) return this.#keep(time, null);
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
