// One element for each part, kept as it is while its HTML stays the same: an open fold stays open, focus stays put.
// The HTML is the server's own (pages/parts/sheet.py), made of escaped text.
export default function ({ parentElement, data }) {
  let sheet = parentElement.querySelector(".sheet");
  if (!sheet) {
    sheet = document.createElement("div");
    sheet.className = "sheet";
    parentElement.appendChild(sheet);
  }
  tips(sheet);
  data.parts.forEach(({ name, html }, i) => {
    let part = sheet.children[i];
    if (!part) part = sheet.appendChild(document.createElement("div"));
    if (part.className !== name) part.className = name;
    if (part.shown === html) return;
    part.innerHTML = html;
    part.shown = html;
  });
  while (sheet.children.length > data.parts.length) sheet.lastChild.remove();
}

// What has data-tip says it below itself while the pointer is on it or it has the focus.
function tips(sheet) {
  const host = sheet.parentNode; // the shadow root
  if (host.querySelector(".tip")) return; // the listeners stay, whatever the data do
  const tip = host.appendChild(document.createElement("div"));
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
