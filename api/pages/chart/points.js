// The places on the axis: one per bar, and some for buckets without a bar, so that a stretch without
// a feed, or without trades, can be seen. Pure.

const MOST_PLACES = 12; // of one stretch: nights without a feed would push the bars apart
const SHOWN = ["no feed", "no trades"];

// `width` is that of a bucket in ms; months count as 30 days.
export function widthOf(timeframe) {
  const [, count, unit] = /^(\d+)(s|m|h|d|w|mo)$/.exec(timeframe) ?? [null, 1, "m"];
  return count * { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, mo: 2_592_000 }[unit] * 1000;
}

// Returns [{ time, bar, kind, stretch, isClosed }]: `bar` is null where there is none; `kind` is
// "no feed", "no trades" or ""; `isClosed` says that it lies outside of the sessions. The newest bar is
// followed by places up to the end of what is known, if there are no later bars.
export function pointsOf(bars, stretches, sessions, timeframe, { reachesNow = true } = {}) {
  const width = widthOf(timeframe);
  const kind = kinds(stretches, sessions, width);
  const isClosed = closing(sessions, width);
  const points = [];
  const shown = stretches.filter(({ state }) => SHOWN.includes(state));
  let next = 0;
  for (const [index, bar] of bars.entries()) {
    points.push({ time: bar.time, bar, ...kind(bar.time) });
    const after = bars[index + 1]?.time ?? (reachesNow ? stretches.at(-1)?.end : undefined);
    if (after === undefined || after - bar.time <= width) continue;
    while (next < shown.length && shown[next].end <= bar.time + width) next += 1;
    for (let i = next; i < shown.length && shown[i].start < after; i += 1) {
      const [start, end] = [Math.max(shown[i].start, bar.time + width), Math.min(shown[i].end, after)];
      points.push(...places(shown[i], start, end, width).map((place) => ({ ...place, isClosed: isClosed(place.time) })));
    }
  }
  return points;
}

export function pointOf(bar, stretches, sessions, timeframe) {
  return { time: bar.time, bar, ...kinds(stretches, sessions, widthOf(timeframe))(bar.time) };
}

function places(stretch, start, end, width) {
  const count = Math.min(MOST_PLACES, Math.floor((end - start) / width));
  return Array.from({ length: count }, (_, number) => (
    { time: start + number * width, bar: null, kind: stretch.state, stretch }
  ));
}

// Returns a function that is asked for ascending times, and says what stands behind a bar.
function kinds(stretches, sessions, width) {
  const missing = stretches.filter(({ state }) => state === "no feed");
  const isClosed = closing(sessions, width);
  let gap = 0;
  return (time) => {
    while (gap < missing.length && missing[gap].end <= time) gap += 1;
    const stretch = missing[gap]?.start <= time ? missing[gap] : undefined;
    return { kind: stretch ? "no feed" : "", stretch, isClosed: isClosed(time) };
  };
}

function closing(sessions, width) {
  if (!sessions?.length || width >= 86_400_000) return () => false;
  let session = 0;
  return (time) => {
    while (session < sessions.length && sessions[session].close <= time) session += 1;
    if (session === 0 && time + width <= sessions[0].open - 86_400_000) return false; // not known
    return session === sessions.length || sessions[session].open >= time + width;
  };
}

// Returns the index of the first bar or place at or after a time.
export function indexOf(bars, time) {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bars[middle].time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
