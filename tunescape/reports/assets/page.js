// The page: one document in, headings, sentences, tables and places for figures out. All that the
// document says is set as text, never as markup. `tunescape.show(document)` is what a live page calls.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== "") made.setAttribute(name, value);
  const kept = children.filter((child) => child !== null && child !== "");
  made.append(...kept.map((child) => (typeof child === "string" ? child.replace(/(\d) %/g, "$1\u00a0%") : child)));
  return made;
}

function scroller(child, label) {
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, child);
}

function plainTable(spec, label) {
  const kind = (j) => (j < spec.text ? "words" : "");
  const head = spec.head.map((name, j) => element("th", { scope: "col", class: kind(j), title: name }, name));
  const rows = spec.rows.map((row) => element("tr", {}, ...row.map((cell, j) => element("td", { class: kind(j), title: cell }, cell))));
  const made = element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
  return [scroller(made, label), spec.caption ? element("p", { class: "note" }, spec.caption) : null].filter(Boolean);
}

function figurePlace(figure) {
  const plot = element("div", { class: "plot", role: "img", "aria-label": figure.alt || figure.caption });
  plot.style.height = `${figure.height}px`;
  plot.figure = figure;
  plots.push(plot);
  let place = plot;
  if (figure.min_width) {
    plot.style.minWidth = `${figure.min_width}px`;
    place = scroller(plot, "Figure, scrolls sideways");
  }
  if (figure.aspect) Object.assign(plot.style, { height: "auto", aspectRatio: String(figure.aspect) });
  if (figure.max_width) plot.style.maxWidth = `${figure.max_width}px`;
  const save = element("button", { type: "button", class: "save" }, "Save image");
  save.addEventListener("click", () => saveImage(plot));
  const made = element("figure", {}, figure.name ? element("h3", {}, figure.name) : null,
    figure.detail ? element("p", { class: "detail" }, figure.detail) : null,
    figure.key && figure.key.length ? keyPlace(figure.key, [plot]) : null, place, element("figcaption", {}, figure.caption, " ", save));
  made.plot = plot;
  return made;
}

// Figures that share a key: the key first, then the panels; a first panel that leads has the words beside it.
function groupPlace(group) {
  const figures = group.figures.map(figurePlace);
  const shared = figures.map((figure) => figure.plot);
  for (const plot of shared) plot.figure = { ...plot.figure, key: group.key };
  const words = element("p", { class: "note" }, group.caption);
  const key = group.key.length ? keyPlace(group.key, shared) : null;
  const panels = element("div", { class: "panels" }, ...figures);
  panels.style.setProperty("--least", `${group.least}px`);
  panels.style.setProperty("--columns", String(group.columns));
  const title = group.title ? element("h3", { class: "subtitle" }, group.title) : null;
  if (!group.lead) return element("div", {}, ...[title, key, panels, words].filter(Boolean));
  figures[0].after(element("div", { class: "aside" }, ...[key, words].filter(Boolean)));
  return element("div", {}, ...[title, panels].filter(Boolean));
}

function caveats(lines) {
  return lines.length ? element("ul", { class: "caveats" }, ...lines.map((line) => element("li", {}, line))) : null;
}

function sectionOf(spec) {
  if (spec.quiet) {
    return element("section", { id: spec.id, class: "unanswered" }, element("h2", {}, spec.title), element("p", { class: "quiet" }, spec.answer));
  }
  const parts = [
    spec.question === spec.title ? null : element("p", { class: "question" }, spec.question),
    element("h2", {}, spec.title),
    spec.answer ? element("p", {}, spec.answer) : null,
    spec.note ? element("p", { class: "note" }, spec.note) : null,
  ];
  const figures = spec.figures.map(figurePlace);
  const width = spec.id === "main_effects" ? "grid" : "grid two";
  if (figures.length) parts.push(spec.grid ? element("div", { class: width }, ...figures) : element("div", {}, ...figures));
  parts.push(...(spec.groups || []).map(groupPlace));
  if (spec.small && spec.small.length) {
    parts.push(element("h3", { class: "subtitle" }, spec.small_title));
    parts.push(element("div", { class: "grid small" }, ...spec.small.map(figurePlace)));
  }
  const tables = spec.tables.flatMap((table) => plainTable(table, spec.title));
  if (tables.length) parts.push(...(spec.fold ? [element("details", {}, element("summary", {}, spec.fold), ...tables)] : tables));
  if (spec.more) parts.push(element("details", {}, element("summary", {}, spec.more_title), ...plainTable(spec.more, spec.more_title)));
  parts.push(caveats(spec.caveats), spec.citation ? element("p", { class: "citation" }, `Method: ${spec.citation}`) : null);
  return element("section", { id: spec.id }, ...parts);
}

function top(page) {
  const button = element("button", { type: "button", id: "theme" }, "Light or dark");
  button.addEventListener("click", () => {
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    remember(theme);
    setTheme(theme);
  });
  const name = page.task && page.task !== page.title ? `${page.title}, task ${page.task}` : page.title;
  return element("header", { class: "top" }, element("h1", {}, name), button);
}

function verdict(page) {
  const tone = { explained: "explained", "partly explained": "partly" }[page.verdict.word] || "nothing";
  const card = element("div", { class: "verdict", id: "verdict" }, element("div", { class: "word" }, page.verdict.word),
    element("p", { class: "sentence" }, page.verdict.sentence));
  card.style.setProperty("--tone", `var(--tone-${tone})`);
  const facts = page.facts.map((fact) => element("div", {}, element("dt", {}, fact.label), element("dd", {}, fact.value),
    fact.detail ? element("dd", { class: "detail" }, fact.detail) : null));
  return [card, element("dl", { class: "facts" }, ...facts)];
}

function contents(page) {
  const entries = page.sections.filter((section) => !section.quiet);
  const links = [...entries, { id: "trials-table", title: "All trials as a table" }, { id: "provenance", title: "Where this comes from" }];
  const list = links.map((entry) => element("li", {}, element("a", { href: `#${entry.id}` }, entry.title)));
  return element("nav", { "aria-label": "Findings" }, element("h3", {}, "Findings"), element("ol", {}, ...list));
}

function provenance(page) {
  const rows = (pairs, code) => pairs.map(([name, words]) =>
    element("tr", {}, element("td", { title: name }, name), element("td", {}, name === code ? element("code", {}, words) : words)));
  return element("section", { id: "provenance" }, element("h2", {}, "Where this comes from"),
    element("table", { class: "provenance" }, element("tbody", {}, ...rows(page.provenance, "again with"))),
    element("h3", { class: "subtitle" }, "The searched space"),
    element("table", { class: "provenance" }, element("tbody", {}, ...rows(page.space))));
}

function show(page) {
  for (const plot of plots.splice(0)) if (plot.classList.contains("drawn")) Plotly.purge(plot);
  const answered = page.sections.filter((section) => !section.quiet);
  const open = page.sections.filter((section) => section.quiet);
  const main = element("main", {}, ...answered.map(sectionOf),
    element("section", { id: "trials-table" }, element("h2", {}, "All trials as a table"),
      page.trials.note ? element("p", { class: "note" }, page.trials.note) : null, ...trialsTable(page.trials)),
    open.length ? element("section", { id: "unanswered" }, element("h2", {}, "What could not be answered"), ...open.map(sectionOf)) : null,
    provenance(page));
  document.getElementById("page").replaceChildren(top(page), ...verdict(page), contents(page), main);
  startDrawing();
}

// One figure or group on a page of its own.
function showDrawing(page) {
  document.body.classList.add("drawing");
  const places = [...page.drawing.figures.map(figurePlace), ...page.drawing.groups.map(groupPlace)];
  document.getElementById("page").replaceChildren(top({ title: page.title }), element("main", {}, ...places));
  startDrawing();
}

setTheme(wanted());
system.addEventListener("change", () => { if (!remembered()) setTheme(wanted()); });
window.tunescape = { show, drawAll };
const embedded = document.getElementById("tunescape-document");
if (embedded) {
  const page = JSON.parse(embedded.textContent);
  if (page.drawing) showDrawing(page);
  else show(page);
}
