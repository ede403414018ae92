// One element for each part, kept as it is while its HTML stays the same: an open fold stays open, focus stays put.
// The HTML is the server's own (pages/parts/sheet.py), made of escaped text.
export default function ({ parentElement, data }) {
  let sheet = parentElement.querySelector(".sheet");
  if (!sheet) {
    sheet = document.createElement("div");
    sheet.className = "sheet";
    parentElement.appendChild(sheet);
  }
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
