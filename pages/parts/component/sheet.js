// One element for each part, kept as it is while its HTML stays the same: an open fold stays open, focus stays put.
// The HTML is the server's own (pages/templates), made of escaped text; a drawing comes as it is, and beside it
// a list that says what its elements are.
// STYLE and PAGE, the style sheets, stand ahead of this text (served.py): all sheets of a page share one, the page has one.
const style = new CSSStyleSheet();
style.replaceSync(STYLE);
if (!window.residualBlockPage) {
  window.residualBlockPage = new CSSStyleSheet();
  document.adoptedStyleSheets.push(window.residualBlockPage);
}
window.residualBlockPage.replaceSync(PAGE);

export default async function ({ parentElement, data, setTriggerValue }) {
  const turn = parentElement.turn = (parentElement.turn ?? 0) + 1;
  const said = await unpacked(data);
  if (turn === parentElement.turn) show(parentElement, said, setTriggerValue); // else something newer is on its way
}

async function unpacked(data) {
  return new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

function show(parentElement, data, setTriggerValue) {
  let sheet = parentElement.querySelector(".sheet");
  if (!sheet) {
    sheet = document.createElement("div");
    sheet.className = "sheet";
    parentElement.getRootNode().adoptedStyleSheets = [style];
    parentElement.appendChild(sheet);
    tips(sheet);
    choices(sheet);
    turns(sheet);
    dresses(sheet);
  }
  sheet.choose = (choice) => {
    const send = () => setTriggerValue("chosen", choice), press = window.residualBlockKeep?.press;
    if (press) press(send); // not lost while there is no connection (keep.js)
    else send();
  };
  data.parts.forEach(({ name, html, elements }, i) => {
    let part = sheet.children[i];
    if (!part) part = sheet.appendChild(document.createElement("div"));
    const same = part.className === name, before = part.shown, now = html + JSON.stringify(elements);
    if (!same) part.className = name;
    if (before === now) return;
    const folds = same ? [...part.querySelectorAll("details")].map((fold) => fold.open) : [];
    const focused = part.contains(sheet.getRootNode().activeElement) && sheet.getRootNode().activeElement.id;
    part.innerHTML = html;
    part.shown = now;
    elements.forEach((element) => attach(part, element));
    if (focused) part.querySelector(`[id="${CSS.escape(focused)}"]`)?.focus(); // what had the focus keeps it
    part.querySelectorAll("details").forEach((fold, j) => { fold.open ||= folds[j] ?? false; }); // what was open stays
    if (name === "storytitle" && before) part.scrollIntoView({ block: "nearest" }); // another step: from its top
    part.querySelectorAll(".edge[data-op] > path, :is(.addition, .joined)[data-op] > :is(path, ellipse)").forEach(widen);
    part.querySelectorAll(".kernel").forEach(slide);
    part.querySelectorAll("figure[data-heading]").forEach(proportions);
    if (name === "inspector") uncover(part);
    if (name === "opened left" && window.residualBlockChosen) part.scrollIntoView({ block: "nearest" }); // what was chosen
    if ((name.startsWith("answer") && part.querySelector("details[open]")))
      part.scrollIntoView({ block: "nearest" });
  });
  while (sheet.children.length > data.parts.length) sheet.lastChild.remove();
  sheet.turned();
  sheet.dress();
  for (const element of sheet.querySelectorAll("svg [data-op]"))
    element.classList.toggle("chosen", element.dataset.op === data.chosen);
}

// What a narrow page leaves out of a diagram (sheet.css), in widths of the diagram.
function proportions(figure) {
  const { width } = figure.querySelector("svg").viewBox.baseVal;
  for (const [name, points] of Object.entries(figure.dataset)) figure.style.setProperty(`--${name}`, points / width);
}

// The inspector lies over the lower end of the page. What it explains stays in view: the page moves no more than that takes.
function uncover(part) {
  const chosen = window.residualBlockChosen;
  if (!chosen?.isConnected) return;
  const hidden = chosen.getBoundingClientRect().bottom + 12 - part.getBoundingClientRect().top;
  if (hidden > 0) part.getRootNode().host.closest('[data-testid="stMain"]').scrollBy({ top: hidden });
}

// Two blocks side by side are one at a time on a narrow page (sheet.css): swiped, or chosen with a switch.
function turns(sheet) {
  const at = () => (sheet.scrollLeft * 2 > sheet.scrollWidth - sheet.clientWidth ? "right" : "left");
  sheet.turned = () => {
    for (const button of sheet.querySelectorAll("[data-show]"))
      button.setAttribute("aria-pressed", String(button.dataset.show === (sheet.scrollLeft ? at() : "left")));
  };
  sheet.addEventListener("scroll", sheet.turned);
  sheet.addEventListener("click", ({ target }) => {
    const side = target.closest?.("[data-show]")?.dataset.show;
    if (side) sheet.scrollTo({ left: side === "right" ? sheet.scrollWidth : 0, behavior: "smooth" });
  });
}

// Figures leave in the colours, and with the room, that were chosen beside them: their links say so.
function dresses(sheet) {
  const chosen = (window.residualBlockDress ??= {});
  sheet.dress = () => {
    for (const select of sheet.querySelectorAll("[data-dress]")) select.value = chosen[select.dataset.dress] ?? select.options[0].value;
    for (const link of sheet.querySelectorAll("[data-dressed]")) {
      const plain = (link.dataset.plain ??= link.getAttribute("href")), said = new URLSearchParams(chosen).toString();
      link.href = said ? plain + (plain.includes("?") ? "&" : "?") + said : plain;
    }
  };
  sheet.addEventListener("change", ({ target }) => {
    const name = target.dataset?.dress;
    if (!name) return;
    if (target.selectedIndex) chosen[name] = target.value;
    else delete chosen[name];
    sheet.dress();
  });
}

// What an element of a drawing is: something to choose, or a link.
function attach(part, { id, label, op, ops, href, tip, at, cells, cell }) {
  const element = part.querySelector(`[id="${CSS.escape(id)}"]`);
  if (!element) return;
  let marked = element;
  if (href) {
    marked = document.createElementNS("http://www.w3.org/2000/svg", "a");
    marked.setAttribute("href", href);
    marked.setAttribute("target", "_self");
    element.replaceWith(marked);
    marked.append(element);
  } else {
    marked.setAttribute("tabindex", "0");
    marked.setAttribute("role", "button");
  }
  if (cells) slider(marked, cells, cell);
  marked.closest('svg[role="img"]')?.setAttribute("role", "group"); // a picture's own parts are not heard
  marked.setAttribute("aria-label", label);
  if (op) marked.dataset.op = op;
  if (ops) marked.dataset.ops = ops;
  if (tip) marked.dataset.tip = tip;
  marked.classList.toggle("at", Boolean(at));
}

// Cells of which one is chosen: one stop of the keyboard for all of them, as on a slider.
function slider(group, cells, cell) {
  for (const [name, value] of Object.entries({ role: "slider", "aria-valuemin": 1, "aria-valuemax": cells, "aria-valuenow": cell }))
    group.setAttribute(name, value);
}

// The cell that a finger, the pointer or a key means; undefined if it is none of them.
function cellOf(group, event) {
  const [left, top, pitch, row, cells] = group.dataset.cells.split(" ").map(Number);
  const now = Number(group.getAttribute("aria-valuenow"));
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: 1 - now, End: cells - now }[event.key];
  if (step) return now + step >= 1 && now + step <= cells ? now + step : undefined;
  if (event.type !== "click") return undefined;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(group.getScreenCTM().inverse());
  const column = Math.floor((x - left) / pitch), found = Math.floor((y - top) / pitch) * row + column + 1;
  return column >= 0 && column < row && found >= 1 && found <= cells ? found : undefined;
}

// What has data-tip says it below itself while the pointer is on it or it has the focus.
function tips(sheet) {
  const tip = sheet.parentNode.appendChild(document.createElement("div")); // in the shadow root
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // the link's label says the same
  const show = (event) => {
    const target = event.target.closest?.("[data-tip]");
    tip.hidden = !target;
    if (!target) return;
    tip.textContent = target.dataset.tip;
    const at = target.getBoundingClientRect(), frame = sheet.getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(at.left - frame.left, frame.width - tip.offsetWidth))}px`;
    tip.style.top = `${at.bottom - frame.top + 8}px`;
  };
  const hide = () => { tip.hidden = true; };
  for (const [event, act] of [["pointerover", show], ["focusin", show], ["pointerleave", hide], ["focusout", hide]])
    sheet.addEventListener(event, act);
}

// What has data-op can be chosen: by a click, by Enter or the space bar. Escape, in whichever sheet, closes the inspector
// if there is one. Pointing at what has data-ops marks the same operations in every sheet of the page: the twin in the
// other diagram, the row in the table.
function choices(sheet) {
  const choose = (target, event) => {
    const cell = target.dataset.cells && cellOf(target, event);
    if (target.dataset.cells && !cell) return false;
    window.residualBlockChosen = target;
    sheet.choose(target.dataset.op + (cell || ""));
    return true;
  };
  sheet.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-op]");
    if (target) choose(target, event);
  });
  sheet.addEventListener("keydown", (event) => {
    const target = event.target.closest?.("[data-op]");
    if (event.key === "Escape") window.dispatchEvent(new CustomEvent("residual-block:close"));
    else if (target?.dataset.cells) { if (choose(target, event)) event.preventDefault(); }
    else if (target && target.localName !== "button" && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      choose(target, event);
    }
  });
  const close = () => {
    if (!sheet.isConnected) return window.removeEventListener("residual-block:close", close);
    if (sheet.querySelector('.close[data-op="none"]')) sheet.choose("none");
  };
  window.addEventListener("residual-block:close", close);
  const tell = (ops) => window.dispatchEvent(new CustomEvent("residual-block:mark", { detail: ops }));
  const point = (event) => tell((event.target.closest?.("[data-ops]")?.dataset.ops ?? "").split(" ").filter(Boolean));
  for (const event of ["pointerover", "focusin"]) sheet.addEventListener(event, point);
  for (const event of ["pointerleave", "focusout"]) sheet.addEventListener(event, () => tell([]));
  const mark = ({ detail }) => {
    if (!sheet.isConnected) return window.removeEventListener("residual-block:mark", mark);
    for (const element of sheet.querySelectorAll("[data-ops]"))
      element.classList.toggle("marked", element.dataset.ops.split(" ").some((op) => detail.includes(op)));
  };
  window.addEventListener("residual-block:mark", mark);
}

// An arrow is thin: a broad invisible one over it takes pointer and finger. A small box has one for the finger.
function widen(path) {
  const broad = path.cloneNode();
  broad.setAttribute("class", "broad");
  for (const look of ["fill", "stroke", "stroke-width", "stroke-dasharray"]) broad.removeAttribute(look);
  path.after(broad);
}

// The window of a convolution or a pool on its way over one row of squares each way; step by step, or played.
function slide(box) {
  const [n, f, s, p] = ["n", "f", "s", "p"].map((key) => Number(box.dataset[key]));
  const side = Math.min(n, Math.max(7, f + 2 * s)) , cut = side < n;
  const all = side + p + (cut ? 0 : p); // padding on the far side only where the far side is shown
  const steps = Math.floor((all - f) / s) + 1;
  if (steps < 1) return;
  const cell = 200 / (all + 1), read = new Set();
  const square = (row, column, kind) =>
    `<rect x="${(column + 0.5) * cell}" y="${(row + 0.5) * cell}" width="${cell}" height="${cell}" class="${kind}"/>`;
  let at = 0, timer = 0;
  for (let i = 0; i < steps; i++) for (let k = 0; k < f; k++) read.add(i * s + k);
  const draw = () => {
    const top = Math.floor(at / steps) * s, left = (at % steps) * s;
    let squares = "";
    for (let row = 0; row < all; row++)
      for (let column = 0; column < all; column++) {
        const inside = row >= p && column >= p && row < p + side && column < p + side;
        const skipped = inside && !(read.has(row) && read.has(column)) && row <= (steps - 1) * s + f - 1
          && column <= (steps - 1) * s + f - 1;
        squares += square(row, column, !inside ? "pad" : skipped ? "skipped" : "pixel");
      }
    const wide = f * cell;
    picture.innerHTML = `${squares}<rect x="${(left + 0.5) * cell}" y="${(top + 0.5) * cell}" width="${wide}" height="${wide}" class="window"/>`;
    words.textContent = `Output row ${Math.floor(at / steps)}, column ${at % steps}` + (cut ? ` (the first ${side} of ${n} px are drawn)` : "");
  };
  box.innerHTML = `<svg viewBox="0 0 ${(all + 1) * cell} ${(all + 1) * cell}" role="img" aria-label="A ${f}×${f} window moves over the input by ${s}"></svg>
    <p><button type="button" class="step">Step</button> <button type="button" class="play">Play</button></p><p class="where"></p>`;
  const picture = box.querySelector("svg"), words = box.querySelector(".where");
  const step = () => { at = (at + 1) % (steps * steps); draw(); };
  box.querySelector(".step").onclick = step;
  box.querySelector(".play").onclick = (event) => {
    if (timer) { clearInterval(timer); timer = 0; }
    else timer = setInterval(() => (box.isConnected ? step() : clearInterval(timer)), 500);
    event.target.textContent = timer ? "Stop" : "Play";
  };
  draw();
}

// One act of the reader, one entry in the browser's history. Streamlit adds one for each change of the address: also for
// what a page writes when it opens, and for each step of a slider that is dragged. Back should not stop at those.
if (!window.residualBlockHistory) {
  window.residualBlockHistory = true;
  let acted = false;
  for (const event of ["pointerdown", "keydown", "click"]) window.addEventListener(event, () => { acted = true; }, true);
  const push = history.pushState.bind(history);
  history.pushState = (...entry) => {
    if (acted) push(...entry);
    else history.replaceState(...entry);
    acted = false;
  };
}

// On a phone the menu of pages lies over the page: it closes once a page is chosen.
if (!window.residualBlockMenu) {
  window.residualBlockMenu = true;
  window.addEventListener("click", (event) => {
    if (window.innerWidth > 768 || !event.target.closest?.('[data-testid="stSidebarNavLink"]')) return;
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  });
}
