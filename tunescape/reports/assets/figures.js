// Figures are drawn when they come near the screen, the others when the browser has time, and all
// at once before printing. Plotly itself starts after the text has been painted.

const config = { responsive: true, displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false, plotlyServerURL: "" };
const plots = [];
let observer = null;

function startPlotly() {
  if (window.Plotly) return;
  const script = document.createElement("script");
  script.textContent = document.getElementById("tunescape-plotly").textContent;
  document.head.append(script);
}

function hasWebGL() {
  try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch { return false; }
}

// Plotly takes what looks like markup for markup.
function harmless(words) { return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;"); }

// Without WebGL parallel coordinates are drawn as ordinary lines, in ten classes of colour.
function asLines(trace) {
  const axes = trace.dimensions;
  const place = axes.map((axis) => {
    const [low, high] = axis.range;
    return axis.values.map((v) => (v - low) / (high - low));
  });
  const [low, high] = [trace.line.cmin, trace.line.cmax];
  const classes = Array.from({ length: 10 }, () => ({ x: [], y: [] }));
  trace.line.color.forEach((value, i) => {
    const at = Math.min(9, Math.max(0, Math.floor((10 * (value - low)) / (high - low || 1))));
    place.forEach((column, j) => { classes[at].x.push(j); classes[at].y.push(column[i]); });
    classes[at].x.push(null); classes[at].y.push(null);
  });
  const scale = trace.line.colorscale;
  const order = classes.map((_, i) => i);
  if (trace.line.reversescale) order.reverse();
  return order.map((i, rank) => ({
    type: "scatter", mode: "lines", x: classes[i].x, y: classes[i].y, hoverinfo: "skip", opacity: 0.5,
    line: { width: 1, color: scale[Math.round((rank * (scale.length - 1)) / 9)][1] },
  }));
}

function linesLayout(trace, layout) {
  const marks = trace.dimensions.flatMap((axis, j) => {
    const [low, high] = axis.range;
    const at = axis.tickvals || [low, high];
    const words = axis.ticktext ? axis.ticktext.map(harmless) : at.map((v) => v.toPrecision(3));
    return at.map((v, i) => ({
      x: j, y: (v - low) / (high - low), text: words[i], showarrow: false, xanchor: "left", font: trace.tickfont, bgcolor: layout.paper_bgcolor,
    }));
  });
  return {
    ...layout, annotations: marks, yaxis: { visible: false, range: [-0.05, 1.05], fixedrange: true },
    xaxis: { tickvals: trace.dimensions.map((_, j) => j), ticktext: trace.dimensions.map((axis) => axis.label), side: "top",
      showgrid: true, gridcolor: layout.hoverlabel.bordercolor, zeroline: false, fixedrange: true },
  };
}

function drawing(spec) {
  let [data, layout] = [resolved(spec.data), resolved(spec.layout)];
  if (data[0].type === "parcoords" && !hasWebGL()) [data, layout] = [asLines(data[0]), linesLayout(data[0], layout)];
  return [data, { ...layout, autosize: true }];
}

function draw(plot) {
  if (plot.classList.contains("drawn")) return;
  startPlotly();
  plot.classList.add("drawn");
  if (observer) observer.unobserve(plot);
  Plotly.newPlot(plot, ...drawing(plot.figure), config);
}

function redraw() {
  for (const plot of plots) if (plot.classList.contains("drawn")) Plotly.react(plot, ...drawing(plot.figure), config);
}

function drawAll() { plots.forEach(draw); }

function drawRest() {
  const next = plots.find((plot) => !plot.classList.contains("drawn"));
  if (!next) { root.dataset.drawn = "all"; return; }
  draw(next);
  soon(drawRest);
}

function soon(work) {
  if (window.requestIdleCallback) requestIdleCallback(work, { timeout: 1000 });
  else setTimeout(work, 30);
}

function startDrawing() {
  observer = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "400px" },
  );
  plots.forEach((plot) => observer.observe(plot));
  soon(drawRest);
}

let screenTheme = null;
window.addEventListener("beforeprint", () => {
  screenTheme = root.dataset.theme;
  if (screenTheme !== "light") setTheme("light");
  drawAll();
});
window.addEventListener("afterprint", () => { if (screenTheme !== "light") setTheme(screenTheme); });
