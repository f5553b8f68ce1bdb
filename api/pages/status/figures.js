// Figures as people read them; pure.

const UNITS = [["d", 86_400], ["h", 3600], ["min", 60]];

// 12 s, 5 min: of two units or more, in whole ones.
export function spanOf(ms) {
  const seconds = ms / 1000;
  const [unit, length] = UNITS.find(([, one]) => seconds >= 2 * one) ?? ["s", 1];
  const count = seconds / length;
  return `${count < 10 && unit === "s" && !Number.isInteger(count) ? count.toFixed(1) : Math.round(count)} ${unit}`;
}

export function agoOf(time, now) {
  return time > now + 500 ? `in ${spanOf(time - now)}` : `${spanOf(Math.max(0, now - time))} ago`;
}

// 14:30:05 UTC
export const clockOf = (time) => `${new Date(time).toISOString().slice(11, 19)} UTC`;

// 2026-03-09 14:30:05, UTC
export const momentOf = (time) => new Date(time).toISOString().slice(0, 19).replace("T", " ");

export const countOf = (number) => number.toLocaleString("en-US");

export const several = (number, thing) => `${countOf(number)} ${thing}${number === 1 ? "" : "s"}`;

export function sizeOf(bytes) {
  let size = bytes;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (size < 10_000) return `${Math.round(size)} ${unit}`;
    size /= 1000;
  }
  return `${size.toFixed(1)} TB`;
}
