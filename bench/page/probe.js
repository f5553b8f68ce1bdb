// Added to both pages before their scripts: notes when bars have been handed to the library, and when
// the frame with them was done.

window.probe = { drawnAt: null, paintedAt: null };

const FIRST_BARS = 600;

// Ends after the next frame has been made.
window.probe.frame = () => new Promise((resolve) => {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve(performance.now());
    channel.port2.postMessage(null);
  });
});

// Milliseconds of work of a change: the change itself, and what the library does in the next frame.
window.probe.work = async (change) => {
  await window.probe.frame();
  const began = performance.now();
  change();
  const changed = performance.now() - began;
  const drawing = await new Promise((resolve) => {
    // Called after the library's own callback of this frame, which was asked for before.
    requestAnimationFrame((frameAt) => resolve(performance.now() - Math.max(frameAt, began + changed)));
  });
  return changed + drawing;
};

let library;
Object.defineProperty(window, "LightweightCharts", {
  configurable: true,
  get: () => library,
  set(given) {
    library = { ...given, createChart: watched(given.createChart), createChartEx: watched(given.createChartEx) };
  },
});

function watched(create) {
  return (...given) => {
    const chart = create(...given);
    const addSeries = chart.addSeries.bind(chart);
    chart.addSeries = (...more) => {
      const series = addSeries(...more);
      const setData = series.setData.bind(series);
      series.setData = (items) => {
        setData(items);
        if (items.length >= FIRST_BARS && window.probe.drawnAt === null) {
          window.probe.drawnAt = performance.now();
          window.probe.frame().then((at) => { window.probe.paintedAt = at; });
        }
      };
      return series;
    };
    return chart;
  };
}
