// What a page is shared with: boxes of text to copy, and a preview that is fetched when it is opened. Or, in an embedded
// page, the way out of its frame. The HTML is the server's own (pages/templates), made of escaped text.
// STYLE stands ahead of this text (served.py).
const style = new CSSStyleSheet();
style.replaceSync(STYLE);

export default function ({ parentElement, data }) {
  let share = parentElement.querySelector(".share");
  if (!share) {
    share = document.createElement("div");
    share.className = "share";
    parentElement.getRootNode().adoptedStyleSheets = [style];
    parentElement.appendChild(share);
    share.addEventListener("click", ({ target }) => {
      const button = target.closest?.("[data-copy]");
      if (button) copy(share, button);
    });
    share.addEventListener("focusin", ({ target }) => target.localName === "textarea" && target.select());
  }
  if (share.shown === data.html) return;
  share.innerHTML = share.shown = data.html;
  for (const fold of share.querySelectorAll("details"))
    fold.addEventListener("toggle", () => {
      const frame = fold.querySelector("iframe[data-src]");
      if (fold.open && frame && !frame.src) frame.src = frame.dataset.src;
    });
}

// Where the clipboard is out of reach (an address without https), the old way; else the text is left selected.
async function copy(share, button) {
  const box = share.querySelector(`[id="${button.dataset.copy}"]`), told = share.querySelector("[role=status]");
  let copied = true;
  try {
    await navigator.clipboard.writeText(box.value);
  } catch {
    box.focus();
    box.select();
    copied = document.execCommand("copy");
    if (copied) button.focus();
  }
  for (const other of share.querySelectorAll("[data-copy]")) other.textContent = "Copy";
  if (copied) button.textContent = "Copied";
  told.textContent = ""; // the same words are said once more
  requestAnimationFrame(() => {
    told.textContent = copied ? `${button.dataset.named}: copied.` : "Press Ctrl C or ⌘ C: the text is selected.";
  });
}

// Embedded, a page stays what it was embedded for: its own links keep the frame away, those to other pages lead out of it.
if (/[?&]embed=true\b/i.test(location.search) && !window.residualBlockEmbedded) {
  window.residualBlockEmbedded = true;
  window.addEventListener("click", (event) => {
    const link = event.composedPath().find((one) => one.localName === "a");
    if (!link || link.hasAttribute("download")) return;
    const there = new URL(link.href?.baseVal ?? link.href, document.baseURI);
    if (there.origin === location.origin && there.pathname === location.pathname && !link.closest("[data-out]")) {
      there.searchParams.set("embed", "true");
      link.setAttribute("href", there.href);
    } else link.setAttribute("target", "_blank");
  }, true);
}
