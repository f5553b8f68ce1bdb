// Lines computed from bars, [{ time, value }]; pure. A line has a name: sma20, ema50, vwap.

const NAME = /^(?:(sma|ema)([1-9]\d{0,2})|(vwap))$/;
const DAY = 86_400_000;
export const MOST_LINES = 6;

// Returns the names in a text like "sma20,ema50,vwap" that are names of lines, each once.
export function namesIn(text) {
  const names = text.toLowerCase().split(",").map((name) => name.trim()).filter((name) => NAME.test(name));
  return [...new Set(names)].slice(0, MOST_LINES);
}

export function titleOf(name) {
  const [, kind, length] = NAME.exec(name);
  return kind ? `${kind.toUpperCase()} ${length}` : "VWAP";
}

// bars: [{ time, h, l, c, v, vw }], oldest first. sessions: [{ open, close }] or null. isWhole: there
// are no older bars than these, so that the first day has all of its own.
export function lineOf(name, bars, { sessions = null, isWhole = false } = {}) {
  const [, kind, length] = NAME.exec(name);
  if (kind === "sma") return sma(bars, Number(length));
  if (kind === "ema") return ema(bars, Number(length));
  return vwap(bars, dayOf(sessions), isWhole);
}

// The mean of the last `length` closes, from the bar on that has as many.
export function sma(bars, length) {
  const line = [];
  let sum = 0;
  let rest = 0; // what adding to a large sum has rounded away
  const add = (value) => {
    const exact = value - rest;
    const next = sum + exact;
    rest = next - sum - exact;
    sum = next;
  };
  for (const [index, { time, c }] of bars.entries()) {
    add(c);
    if (index >= length) add(-bars[index - length].c);
    if (index >= length - 1) line.push({ time, value: sum / length });
  }
  return line;
}

// Begins with the mean of the first `length` closes; each close then weighs 2 / (length + 1).
export function ema(bars, length) {
  const [first] = sma(bars.slice(0, length), length);
  if (!first) return [];
  const weight = 2 / (length + 1);
  const line = [first];
  let { value } = first;
  for (const { time, c } of bars.slice(length)) {
    value += (c - value) * weight;
    line.push({ time, value });
  }
  return line;
}

// Turnover by volume since the start of the day: of the trades in each bar, as its vw says, else at
// the mean of high, low and close. A day whose first bars are not loaded has no line.
export function vwap(bars, day, isWhole) {
  const line = [];
  let current;
  let [turnover, volume] = [0, 0];
  let isKnown = isWhole;
  for (const { time, h, l, c, v, vw } of bars) {
    const other = day(time);
    if (other !== current) {
      isKnown = isKnown || current !== undefined;
      [current, turnover, volume] = [other, 0, 0];
    }
    turnover += (vw ?? (h + l + c) / 3) * (v ?? 0);
    volume += v ?? 0;
    if (isKnown && volume > 0) line.push({ time, value: turnover / volume });
  }
  return line;
}

// Returns a function that gives the start of the day of a time, asked in ascending order: the open of
// the last session before it, where sessions are known, else midnight in UTC. What is traded between
// two sessions belongs to the one before.
export function dayOf(sessions) {
  if (!sessions?.length) return (time) => Math.floor(time / DAY) * DAY;
  let index = 0;
  return (time) => {
    while (index + 1 < sessions.length && sessions[index + 1].open <= time) index += 1;
    return sessions[index].open;
  };
}
