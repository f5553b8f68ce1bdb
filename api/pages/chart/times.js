// Times in a zone: UTC, that of the exchange, or the browser's own. Pure.

const SLOT = 15 * 60_000; // ms; offsets change only at such times
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const FIELDS = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
const WRITTEN = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

export const CHOICES = ["utc", "exchange", "local"];

const two = (number) => String(number).padStart(2, "0");
const hasDays = (timeframe) => /\d(d|w|mo)$/.test(timeframe ?? "");

// The IANA name that a choice means; `exchange` is that of the exchange, if it is known.
export function zoneOf(choice, exchange) {
  if (choice === "local") return Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (choice === "exchange" && exchange) return exchange;
  return "UTC";
}

// How times are written in a zone. Bars of days and more are those of UTC, and have a date only.
// name: for people; offset(time): ms that its clocks are ahead; axis(time, kind): a mark of the axis;
// long(time): for a legend; short(time, now): the clock, with the date if it is not today's;
// parse(text): the time of 2026-03-09T14:30, null if it is none.
export function timesOf(zone, timeframe) {
  const isDaily = hasDays(timeframe);
  const offset = isDaily || isUtc(zone) ? () => 0 : offsetsOf(zone);
  const local = (time) => new Date(time + offset(time));
  return {
    zone,
    isDaily,
    name: isDaily ? "UTC" : nameOf(zone),
    offset,
    axis: (time, kind) => mark(local(time), kind),
    long: (time, kind) => (isDaily || kind === "day" ? date(local(time), true) : `${date(local(time), true)} ${clock(local(time))}`),
    short: (time, now) => shortOf(local(time), local(now)),
    input: (time) => local(time).toISOString().slice(0, 16),
    parse: (text) => parse(text, offset),
  };
}

export function nameOf(zone) {
  return isUtc(zone) ? "UTC" : zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
}

const isUtc = (zone) => ["UTC", "Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT"].includes(zone);

function offsetsOf(zone) {
  const format = new Intl.DateTimeFormat("en-US", { ...FIELDS, timeZone: zone, hourCycle: "h23", era: "short" });
  const known = new Map();
  return (time) => {
    const slot = Math.floor(time / SLOT);
    let found = known.get(slot);
    if (found === undefined) {
      found = offsetAt(format, slot * SLOT);
      known.set(slot, found);
    }
    return found;
  };
}

function offsetAt(format, time) {
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - time;
}

function mark(at, kind) {
  if (kind === "year") return String(at.getUTCFullYear());
  if (kind === "month") return MONTHS[at.getUTCMonth()];
  if (kind === "day") return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  const hours = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return kind === "seconds" ? `${hours}:${two(at.getUTCSeconds())}` : hours;
}

function date(at, hasYear) {
  const text = `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  return hasYear ? `${text} ${at.getUTCFullYear()}` : text;
}

function clock(at) {
  const seconds = at.getUTCSeconds() ? `:${two(at.getUTCSeconds())}` : "";
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}${seconds}`;
}

function shortOf(at, now) {
  const hours = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  if (date(at, true) === date(now, true)) return hours;
  return `${date(at, at.getUTCFullYear() !== now.getUTCFullYear())} ${hours}`;
}

function parse(text, offset) {
  const [, year, month, day, hour = "0", minute = "0", second = "0"] = WRITTEN.exec(text.trim()) ?? [];
  if (year === undefined) return null;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const written = new Date(local).toISOString().slice(0, 10) === `${year}-${month}-${day}`;
  if (!written || hour > 23 || minute > 59 || second > 59) return null;
  // The offset of the time itself: that of a guess may be from before or after a change of clocks.
  return local - offset(local - offset(local));
}

export const UTC = timesOf("UTC");
