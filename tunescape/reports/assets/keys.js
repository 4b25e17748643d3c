// Keys stand beside figures as text that wraps. A line of a key is a button: pressed, it picks its
// traces out and the others fade; several may be pressed.

function swatch(line) {
  const mark = element("span", { class: `swatch ${line.mark} ${line.dash}`, "aria-hidden": "true" });
  mark.style.setProperty("--tone", line.colour);
  return mark;
}

function keyEntry(line, pressed, pickOut) {
  if (!line.group) return element("span", { class: "fixed" }, swatch(line), line.label);
  const button = element("button", { type: "button", "aria-pressed": "false" }, swatch(line), line.label);
  button.addEventListener("click", () => {
    const on = !pressed.delete(line.group);
    if (on) pressed.add(line.group);
    button.setAttribute("aria-pressed", String(on));
    pickOut();
  });
  return button;
}

function scalePlace(block) {
  const bar = element("span", { class: "bar", "aria-hidden": "true" });
  bar.style.background = `linear-gradient(to right, ${block.scale})`;
  const marks = block.marks.map((mark) => element("span", {}, mark));
  return element("div", { class: "scale" }, element("span", { class: "of" }, block.title), bar, element("span", { class: "marks" }, ...marks));
}

function keyPlace(key, shared) {
  const pressed = new Set();
  const pickOut = () => shared.forEach((plot) => fade(plot, pressed));
  return element("div", { class: "key" }, ...key.map((block) => {
    if (block.scale) return scalePlace(block);
    const lines = block.entries.map((line) => element("li", {}, keyEntry(line, pressed, pickOut)));
    return element("ul", {}, block.title ? element("li", { class: "of" }, block.title) : null, ...lines);
  }));
}

function fade(plot, pressed) {
  if (!plot.full) plot.full = plot.figure.data;
  const faded = (trace) => pressed.size && trace.legendgroup && !pressed.has(trace.legendgroup);
  plot.figure = { ...plot.figure, data: plot.full.map((trace) => (faded(trace) ? { ...trace, opacity: 0.08 } : trace)) };
  if (plot.classList.contains("drawn")) Plotly.react(plot, ...drawing(plot.figure), config);
}

// Saved images carry their key as Plotly's legend and colour bars, for the page's text is not in them.
function withLegend(spec) {
  const nothing = { type: "scatter", x: [null], y: [null], hoverinfo: "skip" };
  const symbols = { dot: "circle", ring: "circle-open", patch: "square" };
  const uses = (block, trace) => [trace, trace.marker || {}].some(
    (part) => part.colorscale === block.scale && [part.zmax, part.cmax].includes(block.high));
  const scales = spec.key.filter((block) => block.scale && spec.data.some((trace) => uses(block, trace)));
  const bars = scales.map((block, i) => ({ ...nothing, mode: "markers", showlegend: false, marker: { color: [block.low], cmin: block.low,
    cmax: block.high, colorscale: block.scale, showscale: true, colorbar: { thickness: 10, outlinewidth: 0, x: 1.02 + 0.2 * i,
      tickfont: { color: "var(--quiet)" }, title: { text: harmless(block.title), side: "right" } } } }));
  const lines = spec.key.flatMap((block) => block.entries || []).map((line) => ({ ...nothing, name: harmless(line.label), showlegend: true,
    mode: line.mark === "line" ? "lines" : "markers", line: { color: line.colour, width: 2.4, dash: line.dash },
    marker: { color: line.colour, symbol: symbols[line.mark] || "circle", size: 10 } }));
  const data = spec.data.map((trace) => ({ ...trace, showlegend: false }));
  return { ...spec, data: [...data, ...bars, ...lines],
    layout: { ...spec.layout, paper_bgcolor: "var(--paper)", showlegend: lines.length > 0,
      margin: { ...spec.layout.margin, t: spec.layout.margin.t + (spec.name ? 28 : 0) },
      title: spec.name ? { text: harmless([spec.name, spec.detail].filter(Boolean).join(", ")), font: { size: 14 } } : undefined,
      legend: { x: 1.02 + 0.2 * bars.length, y: 1, title: { text: harmless((spec.key.find((block) => block.entries) || {}).title || "") } } } };
}

function saveImage(plot) {
  draw(plot);
  const options = { format: "svg", filename: "tunescape" };
  if (!plot.figure.key || !plot.figure.key.length) { Plotly.downloadImage(plot, options); return; }
  const [data, layout] = drawing(withLegend(plot.figure));
  Plotly.downloadImage({ data, layout, config }, { ...options, width: plot.clientWidth + 180, height: plot.clientHeight + (plot.figure.name ? 28 : 0) });
}
