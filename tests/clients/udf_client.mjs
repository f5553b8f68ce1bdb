// Runs TradingView's own adapter, the bundle.js given, against the URL given, and prints as JSON
// what it hands to a chart.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [bundle, url] = process.argv.slice(2);
const { UDFCompatibleDatafeed } = createRequire(import.meta.url)(resolve(bundle));
const NOON = 1772193600;

const feed = new UDFCompatibleDatafeed(url, 60_000);
await new Promise((done) => feed.onReady(done));
const found = await new Promise((done) => feed.searchSymbols("btc", "", "", done));
const symbol = await new Promise((done, fail) =>
  feed.resolveSymbol(found[0].ticker, done, fail, {}),
);
const unknown = await new Promise((done) => feed.resolveSymbol("NONE", done, done, {}));
const period = { from: NOON, to: NOON + 2510 * 60, countBack: 300, firstDataRequest: true };
const bars = await new Promise((done, fail) => feed.getBars(symbol, "1", period, done, fail));
const quotes = await new Promise((done, fail) => feed.getQuotes([symbol.ticker], done, fail));
const marks = await new Promise((done) => feed.getMarks(symbol, 0, NOON, done, "1D"));
process.stdout.write(
  JSON.stringify({
    resolved: symbol.ticker,
    unknown,
    found: found.map((one) => one.ticker),
    bars: bars.map((bar) => [bar.time, bar.close, bar.volume]),
    quote: quotes[0].v.lp,
    marks,
  }),
  () => process.exit(0), // the adapter polls for ever
);
