// What a page of lightweight-charts needs at least to draw the bars of the API.

const { createChart, CandlestickSeries, HistogramSeries } = window.LightweightCharts;
const { symbol, timeframe } = Object.fromEntries(new URLSearchParams(location.search));

const chart = createChart(document.getElementById("chart"), { autoSize: true, layout: { attributionLogo: false }, timeScale: { timeVisible: true, minBarSpacing: 0.05 } });
const candles = chart.addSeries(CandlestickSeries, {}, 0);
const volumes = chart.addSeries(HistogramSeries, { priceFormat: { type: "volume" } }, 1);

const candleOf = ({ t, o, h, l, c }) => ({ time: Date.parse(t) / 1000, open: o, high: h, low: l, close: c });
const volumeOf = ({ t, v }) => ({ time: Date.parse(t) / 1000, value: v });

export function draw(bars) {
  candles.setData(bars.map(candleOf));
  volumes.setData(bars.map(volumeOf));
}

export function update(bar) {
  candles.update(candleOf(bar));
  volumes.update(volumeOf(bar));
}

export { chart };

const answer = await fetch(`/v1/bars?${new URLSearchParams({ symbols: symbol, timeframe, limit: 600 })}`);
draw((await answer.json()).bars[symbol]);
