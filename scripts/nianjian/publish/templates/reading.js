"use strict";
// What long pages do beside standing there: a search with filters, a details panel, copying, printing. Without this script
// a page shows all its rows. Nothing here asks for anything outside of the page.
const plain = text => text.normalize("NFKC").toLowerCase();

// -- search and filters: #q=words&class=differs does the same as typing and choosing
const form = document.querySelector("form.find");
if (form) {
  const rows = [...document.querySelectorAll("tbody.rows > tr")];
  const groups = [...document.querySelectorAll("[data-group]")].reverse();
  const said = form.querySelector("output"), were = new Map(groups.map(each => [each, each.open]));
  const texts = new Map(), known = row => {
    if (!texts.has(row)) texts.set(row, plain(row.textContent + " " + (row.dataset.also || "")));
    return texts.get(row);
  };
  const has = (row, name, value) => {
    const own = row.closest("[data-" + name + "]");
    return own !== null && own.dataset[name].split(" ").includes(value);
  };
  const apply = () => {
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
    const words = plain(given.q || "").split(/\s+/).filter(Boolean);
    const chosen = Object.entries(given).filter(([name]) => name !== "q"), any = words.length + chosen.length > 0;
    let shown = 0;
    for (const row of rows) {
      row.hidden = !(chosen.every(([name, value]) => has(row, name, value)) && words.every(each => known(row).includes(each)));
      shown += !row.hidden;
    }
    for (const group of groups) {
      const own = [...group.querySelectorAll("tbody.rows > tr")];
      group.hidden = any && !own.some(row => !row.hidden);
      if ("open" in group) group.open = any ? !group.hidden : were.get(group);
    }
    said.textContent = !any ? "" : shown ? said.dataset.text.replace("{n}", shown.toLocaleString("en")) : said.dataset.none;
    document.body.dataset.shown = any ? shown : "all";
  };
  let wait;
  form.hidden = false;
  form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(apply, 120); });
  form.addEventListener("reset", () => setTimeout(apply, 0));
  form.addEventListener("submit", event => { event.preventDefault(); apply(); });
  const follow = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    if (![...asked.keys()].some(name => form.elements[name])) return;
    for (const [name, value] of asked) if (form.elements[name]) form.elements[name].value = value;
    apply();
  };
  addEventListener("hashchange", follow);
  follow();
}

// -- a link into a closed part opens it
const reveal = () => {
  let target = null;
  try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
  for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", reveal);
if (location.hash.length > 1 && !location.hash.includes("=")) reveal();

// -- cells that say more: by pointer, touch, or the arrow keys once one has the focus
const panel = document.getElementById("details");
if (panel) {
  const COUNTS = ["printed", "all", "compiled", "suspect", "corrected"];
  const spot = panel.querySelector("p"), hint = spot.textContent;
  const tell = cell => {
    const grid = cell.closest("table"), row = cell.parentElement, at = cell.cellIndex;
    const told = ((row.dataset.n || "").split("|")[at - 1] || "").split("/").map(Number);
    const parts = (grid.dataset.parts || "").split("|").filter((part, number) => told.length > 1 && (number === 0 || told[number + 1]));
    const more = [...parts.map(part => part.replace(/\{(\w+)\}/g, (_, name) => told[COUNTS.indexOf(name)] || 0)), cell.dataset.new].filter(Boolean).join(", ");
    const head = grid.tHead ? grid.tHead.rows[0].cells[at] : null;
    return [row.cells[0].dataset.name || row.cells[0].textContent.trim(), head && (head.dataset.name || head.textContent.trim()), more]
      .filter(Boolean).join(" · ");
  };
  const show = cell => {
    const text = cell.dataset.says || tell(cell);
    spot.textContent = text;
    cell.setAttribute("aria-label", text);
    panel.classList.add("on");
  };
  const cells = event => event.target.closest("table.cells tbody td, .dots circle");
  document.addEventListener("click", event => { const cell = cells(event); if (cell) { show(cell); cell.tabIndex = 0; cell.focus(); } });
  document.addEventListener("mouseover", event => { const cell = cells(event); if (cell) show(cell); });
  document.addEventListener("focusin", event => { const cell = cells(event); if (cell) show(cell); });
  for (const grid of document.querySelectorAll("table.cells")) {
    const first = grid.querySelector("tbody td");
    if (first) first.tabIndex = 0;
  }
  for (const dots of document.querySelectorAll(".dots")) {
    const first = dots.querySelector("circle");
    if (first) first.setAttribute("tabindex", "0");
  }
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  document.addEventListener("keydown", event => {
    const cell = event.target.closest && event.target.closest("table.cells tbody td"), step = steps[event.key];
    if (event.key === "Escape") { panel.classList.remove("on"); spot.textContent = hint; }
    const dot = event.target.closest && event.target.closest(".dots circle");
    if (dot && step) {
      const other = step[0] + step[1] > 0 ? dot.nextElementSibling : dot.previousElementSibling;
      if (!other) return;
      event.preventDefault();
      dot.setAttribute("tabindex", "-1");
      other.setAttribute("tabindex", "0");
      other.focus();
      return;
    }
    if (!cell || !step) return;
    let row = cell.parentElement;
    do row = step[0] < 0 ? row.previousElementSibling : step[0] > 0 ? row.nextElementSibling : row;
    while (step[0] && row && row.hidden);
    const next = row && row.cells[cell.cellIndex + step[1]];
    if (!next || next.tagName !== "TD") return;
    event.preventDefault();
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

// -- commands ready to copy
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    try { await navigator.clipboard.writeText(code.textContent); } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = button.dataset.done;
  });
}

// -- paper shows what is folded in
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => { for (const each of folded) each.open = false; });
