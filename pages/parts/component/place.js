// Tells the server whether a reader is at this place, and keeps its height. What has been reached is let go when it is two
// screens away, so that scrolling to and fro changes nothing.
export default function ({ parentElement, data, setStateValue }) {
  const host = parentElement.getRootNode().host;
  const place = host.closest('[class*="_place"]');
  host.dataset.place = "";
  if (!place.style.minHeight) place.style.minHeight = `${data.height}px`;
  const tell = (near) => {
    if (near === Boolean(parentElement.near)) return;
    if (!near) place.style.minHeight = `${place.offsetHeight}px`;
    parentElement.near = near;
    setStateValue("near", near);
  };
  let inView = false, timer = 0, ticks = 0;
  const settled = () => { // until the figures are drawn, everything is near the top
    ticks = drawn() ? ticks + 1 : 0;
    if (ticks < 4) return;
    clearInterval(timer);
    timer = 0;
    if (inView) tell(true);
  };
  const watch = (rootMargin, act) => {
    const root = place.closest('[data-testid="stMain"]');
    const observer = new IntersectionObserver((entries) => act(entries.at(-1).isIntersecting), { root, rootMargin });
    observer.observe(place);
    return observer;
  };
  const reached = watch("0px", (is) => {
    inView = is;
    if (is && !timer) { ticks = 0; timer = setInterval(settled, 50); }
  });
  const left = watch("200% 0px", (is) => !is && !printing && tell(false));
  const reach = () => tell(true);
  window.addEventListener("residual-block:reach", reach);
  return () => {
    clearInterval(timer);
    reached.disconnect();
    left.disconnect();
    window.removeEventListener("residual-block:reach", reach);
  };
}

function drawn() {
  return [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]:not([data-place])')]
    .every((host) => host.shadowRoot?.querySelector(".sheet")?.childElementCount);
}

// Printing: everything is reached first. The keyboard's command waits for it; a browser's own menu does not ask, so what
// was not there yet is there when the reader prints again.
let printing = false;

function reachAll() {
  printing = true;
  for (const place of places()) place.toggleAttribute("data-late", !there(place)); // page.css says so on the paper
  window.dispatchEvent(new Event("residual-block:reach"));
}

const places = () => [...document.querySelectorAll('[class*="_place"]')];

function there(place) {
  return place.querySelector('.js-plotly-plot .main-svg, [data-testid="stDataFrame"] canvas') ||
    [...place.querySelectorAll("*")].some((one) => one.shadowRoot?.querySelector(".sheet table"));
}

if (!window.residualBlockPrints) {
  window.residualBlockPrints = true;
  window.addEventListener("beforeprint", reachAll);
  window.addEventListener("afterprint", () => { printing = false; });
  window.matchMedia("print").addEventListener("change", ({ matches }) => { if (matches) reachAll(); });
  window.addEventListener("keydown", (event) => {
    if (event.key !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    if (places().every(there)) return;
    event.preventDefault();
    reachAll();
    const asked = performance.now();
    const timer = setInterval(() => {
      if (!places().every(there) && performance.now() - asked < 10000) return;
      clearInterval(timer);
      window.print();
    }, 100);
  });
}
