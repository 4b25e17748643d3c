// The table of trials: sorted by any column, searched as one types, twenty-five rows a page.

const PER_PAGE = 25;

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null); // what is missing stands last
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

function written(value) {
  if (value === null) return "–";
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(5))) : String(value);
}

function trialsTable(trials) {
  const state = { column: 1, down: trials.down, page: 0, search: "" };
  const texts = trials.rows.map((row) => row.map(written).join("\u0001").toLowerCase());
  const words = trials.columns.map((_, j) => trials.rows.some((row) => typeof row[j] === "string"));
  const status = trials.columns.indexOf("status");
  const heads = trials.columns.map((name, j) => {
    const head = element("th", { scope: "col", class: words[j] ? "words" : "" }, element("button", { type: "button", title: name }, name));
    head.firstChild.addEventListener("click", () => {
      state.down = state.column === j ? !state.down : false;
      state.column = j; state.page = 0; show();
    });
    return head;
  });
  const body = element("tbody");
  const said = element("span", { role: "status", "aria-live": "polite" });
  const search = element("input", { type: "search", placeholder: "Search the trials", "aria-label": "Search the trials" });
  const [back, on] = [element("button", { type: "button" }, "Previous"), element("button", { type: "button" }, "Next")];
  search.addEventListener("input", () => { state.search = search.value.trim().toLowerCase(); state.page = 0; show(); });
  back.addEventListener("click", () => { state.page -= 1; show(); });
  on.addEventListener("click", () => { state.page += 1; show(); });

  function rows() {
    const asked = state.search.split(/\s+/).filter(Boolean);
    const found = trials.rows.map((row, i) => i).filter((i) => asked.every((word) => texts[i].includes(word)));
    const j = state.column;
    return found.sort((a, b) => {
      const [x, y] = [trials.rows[a][j], trials.rows[b][j]];
      if (x === null || y === null) return compare(x, y) || a - b;
      return (state.down ? compare(y, x) : compare(x, y)) || a - b;
    });
  }

  function show() {
    const found = rows();
    const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const shown = found.slice(state.page * PER_PAGE, (state.page + 1) * PER_PAGE);
    heads.forEach((head, j) => {
      if (j === state.column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    body.replaceChildren(...shown.map((i) => {
      const row = trials.rows[i];
      const ill = ["diverged", "failed", "infeasible"].includes(row[status]);
      const cells = row.map((value, j) => element("td", { class: words[j] ? "words" : "", title: words[j] ? written(value) : null }, written(value)));
      return element("tr", { class: ill ? "ill" : "" }, ...cells);
    }));
    said.textContent = found.length ? `${found.length} trials, page ${state.page + 1} of ${pages}` : "No trial matches";
    back.disabled = state.page === 0;
    on.disabled = state.page >= pages - 1;
  }

  show();
  return [
    element("div", { class: "controls" }, search, back, on, said),
    scroller(element("table", { class: "trials" }, element("thead", {}, element("tr", {}, ...heads)), body), "Table of trials"),
  ];
}
