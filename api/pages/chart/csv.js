// Bars as a file of comma-separated values; pure.

const COLUMNS = [
  ["time (UTC)", "t"], ["open", "o"], ["high", "h"], ["low", "l"], ["close", "c"], ["volume", "v"],
  ["count", "n"], ["vwap", "vw"], ["final", "final"], ["vendor", "vendor"],
];

const DIGITS = ["o", "h", "l", "c", "v", "vw"];

// As they are stored: a number of JavaScript may have fewer, or none but an exponent.
const exactly = (bar, key) => (DIGITS.includes(key) ? bar.exact?.[key] ?? bar[key] : bar[key]);

// lines: [{ title, values: [{ time, value }] }], a column each.
export function csvOf(bars, lines = []) {
  const columns = lines.map(({ values }) => new Map(values.map(({ time, value }) => [time, value])));
  const rows = bars.map((bar) => [...COLUMNS.map(([, key]) => exactly(bar, key)), ...columns.map((column) => column.get(bar.time))]);
  const head = [...COLUMNS.map(([name]) => name), ...lines.map(({ title }) => title)];
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

// KRAKEN_BTC-USD_1m_2026-03-09T1430Z.csv, which every system takes as a name.
export function fileNameOf({ symbol, timeframe }, bars) {
  const plain = symbol.replaceAll("/", "-").replace(/[^A-Za-z0-9.-]+/g, "_");
  const since = bars[0]?.t.slice(0, 16).replace(":", "") ?? "empty";
  return `${plain}_${timeframe}_${since}Z.csv`;
}

// A spreadsheet takes a text that begins like a formula for one.
function cell(value) {
  let text = value === null || value === undefined ? "" : String(value);
  if (typeof value === "string" && /^[=+@\t\r]|^-(?![\d.])/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
