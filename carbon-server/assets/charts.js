// Draws each chart from the table below it; the table stays available.
"use strict";

const DAY_S = 86400;

function rowsOf(figure) {
  return [...figure.querySelectorAll("tr[data-x]")].map((row) => {
    const number = (name) => (row.dataset[name] ? Number(row.dataset[name]) : null);
    return { x: Date.parse(row.dataset.x) / 1000, y: number("y"), low: number("low"), high: number("high") };
  });
}

/** The colours of the current scheme, light or dark. */
function colours(figure) {
  const probe = document.createElement("i");
  figure.append(probe);
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = { accent: read("accent"), quiet: read("quiet"), line: read("line") };
  probe.remove();
  return found;
}

function drawn(figure) {
  // Before anything is measured: the plot has no size until then.
  figure.classList.add("is-drawn");
  const plot = figure.querySelector(".plot");
  const rows = rowsOf(figure);
  const { accent, quiet, line } = colours(figure);
  const language = document.documentElement.lang;
  const months = figure.dataset.chart === "months";
  const date = new Intl.DateTimeFormat(language, {
    timeZone: "UTC", month: "short", ...(months ? { year: "2-digit" } : { day: "numeric" }),
  });
  const figures = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const font = "12px system-ui, sans-serif";
  const axis = { stroke: quiet, font, ticks: { show: false } };
  const bars = uPlot.paths.bars({ size: [months ? 0.5 : 0.65, months ? 56 : 30], radius: 0.15 });
  const reach = months ? 16 * DAY_S : 0.75 * DAY_S;
  const whiskers = (u) => {
    const { ctx } = u;
    ctx.save();
    ctx.strokeStyle = quiet;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    for (const { x, low, high } of rows.filter(({ low }) => low !== null)) {
      const [at, top, foot] = [u.valToPos(x, "x", true), u.valToPos(high, "y", true), u.valToPos(low, "y", true)];
      ctx.beginPath();
      ctx.moveTo(at, top);
      ctx.lineTo(at, foot);
      ctx.stroke();
    }
    ctx.restore();
  };
  const highest = Math.max(...rows.map(({ y, high }) => high ?? y ?? 0));
  return new uPlot({
    width: plot.clientWidth,
    height: plot.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      // Of the rows: with one of them, uPlot's own bounds end a day later.
      x: { range: () => [Math.min(...rows.map(({ x }) => x)) - reach, Math.max(...rows.map(({ x }) => x)) + reach] },
      y: { range: [0, highest > 0 ? highest * 1.05 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, splits: () => spread(rows.map(({ x }) => x), plot.clientWidth / (months ? 60 : 56)),
        values: (_, splits) => splits.map((seconds) => date.format(seconds * 1000)) },
      { ...axis, size: 60, grid: { stroke: line, width: 1 }, values: (_, splits) => splits.map((value) => figures.format(value)) },
    ],
    series: [{}, { stroke: accent, fill: accent, width: 0, paths: bars, points: { show: false } }],
    hooks: { draw: [whiskers] },
  }, [rows.map(({ x }) => x), rows.map(({ y }) => y)], plot);
}

/** As many of `values` as fit, evenly spread. */
function spread(values, room) {
  const step = Math.max(1, Math.ceil(values.length / Math.max(1, Math.floor(room))));
  return values.filter((_, place) => place % step === 0);
}

for (const figure of document.querySelectorAll("figure.chart[data-chart]")) {
  let chart = drawn(figure);
  const again = () => {
    chart.destroy();
    chart = drawn(figure);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  let width = figure.clientWidth;
  new ResizeObserver(() => {
    if (figure.clientWidth !== width) {
      width = figure.clientWidth;
      again();
    }
  }).observe(figure);
}
