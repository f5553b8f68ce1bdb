// The time axis counts bars, so nights leave no gaps. Its marks are those of a time zone: the library
// itself knows UTC only.

const { defaultHorzScaleBehavior } = window.LightweightCharts;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// How much a mark weighs where a bar is the first of its year, month, day and so on; the library's numbers.
const [YEAR_WEIGHT, MONTH_WEIGHT, DAY_WEIGHT] = [70, 60, 50];
const WEIGHTS = [
  [12 * HOUR, 33], [6 * HOUR, 32], [3 * HOUR, 31], [HOUR, 30],
  [30 * MINUTE, 22], [5 * MINUTE, 21], [MINUTE, 20], [SECOND, 10],
];
const KINDS = ["year", "month", "day", "time", "seconds"]; // by the library's TickMarkType

const TimeScale = defaultHorzScaleBehavior();

// `times` gives the zone, which may change.
export class ZonedScale extends TimeScale {
  constructor(times) {
    super();
    this.times = times;
  }

  fillWeightsForPoints(points, start) {
    if (!points.length) return;
    const { offset } = this.times();
    const local = (index) => {
      const time = this.key(points[index].time) * SECOND;
      return time + offset(time);
    };
    const first = Math.max(1, start);
    let before = points.length > 1 ? local(first - 1) : 0;
    for (let index = first; index < points.length; index += 1) {
      const time = local(index);
      points[index].timeWeight = weight(before, time);
      before = time;
    }
    if (start === 0) points[0].timeWeight = points.length > 1 ? weight(2 * local(0) - local(1), local(0)) : DAY_WEIGHT;
  }
}

function weight(before, time) {
  if (Math.floor(before / DAY) !== Math.floor(time / DAY)) {
    const [old, now] = [new Date(before), new Date(time)];
    if (old.getUTCFullYear() !== now.getUTCFullYear()) return YEAR_WEIGHT;
    return old.getUTCMonth() === now.getUTCMonth() ? DAY_WEIGHT : MONTH_WEIGHT;
  }
  return WEIGHTS.find(([width]) => Math.floor(before / width) !== Math.floor(time / width))?.[1] ?? 0;
}

// Options of the chart that write times.
export function timeOptions(times, timeframe) {
  const unit = timeframe.replace(/\d+/, "");
  const isDaily = ["d", "w", "mo"].includes(unit);
  return {
    localization: { timeFormatter: (time) => times.long(time * SECOND, isDaily ? "day" : "time") },
    timeScale: {
      timeVisible: !isDaily,
      secondsVisible: unit === "s",
      tickMarkFormatter: (time, type) => times.axis(time * SECOND, KINDS[type]),
    },
  };
}
