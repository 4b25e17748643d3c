// Light and dark: what the reader chose here before, else ?theme=, else what the system prefers.

const root = document.documentElement;
const system = window.matchMedia("(prefers-color-scheme: dark)");

function remembered() {
  try { return localStorage.getItem("tunescape-theme"); } catch { return null; }
}

function remember(theme) {
  try { localStorage.setItem("tunescape-theme", theme); } catch { /* a page may not keep anything */ }
}

function wanted() {
  const asked = new URLSearchParams(location.search).get("theme");
  const theme = asked || remembered();
  return theme === "dark" || theme === "light" ? theme : system.matches ? "dark" : "light";
}

function setTheme(theme) {
  root.dataset.theme = theme;
  redraw();
}

// Replace "var(--name)" anywhere in a figure by the colour, font or colour scale it has now.
function resolved(part, style = getComputedStyle(root)) {
  if (typeof part === "string") {
    const name = /^var\((--[a-z0-9-]+)\)$/.exec(part);
    if (!name) return part;
    const value = style.getPropertyValue(name[1]).trim();
    if (!name[1].startsWith("--scale-")) return value;
    const colours = value.split(/\s*,\s*(?![^(]*\))/);
    return colours.map((colour, i) => [i / (colours.length - 1), colour]);
  }
  if (Array.isArray(part)) return part.map((item) => resolved(item, style));
  if (part && typeof part === "object") {
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, resolved(item, style)]));
  }
  return part;
}
