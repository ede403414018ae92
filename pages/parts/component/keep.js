// What no address can carry is held here, in the page: a session ends with its server's process, the page does not. When
// the connection is back, what is held goes along with the first message, so that whichever process gets it shows at once
// what was shown. Streamlit connects again by itself, but asks for nothing until its reader moves.
//   held    what the server said, small
//   files   a reader's own, packed, by the box that took them (model.js); kept until the server has put them away
const MOST_SENT = 15_000_000; // characters in one message: see model.js
const QUIET = 1_000, LONG = 10_000; // ms without a connection, after which it is said
const FRESH = 30_000; // ms before the connection was lost: what was pressed then, and brought no run, may not have arrived
const keep = (window.residualBlockKeep ??= { held: {}, files: new Map(), had: [], handed: 0 });

export default function ({ parentElement, data, setTriggerValue }) {
  parentElement.getRootNode().host.dataset.place = ""; // nothing to be drawn: place.js does not wait for it
  keep.send = (value) => setTriggerValue("back", value);
  if (data.taken !== keep.handed) return; // said by a process that has not yet taken what was handed over
  keep.held = data.held;
  for (const name of keep.had) if (!data.files.includes(name)) keep.files.delete(name);
  keep.had = data.files;
}

function handOver() {
  const number = ++keep.handed, files = {}, later = [];
  let room = MOST_SENT;
  for (const [name, file] of keep.files) {
    if (file.packed.length <= room) files[name] = file;
    else later.push({ number, held: {}, files: { [name]: file } });
    room -= file.packed.length;
  }
  keep.send?.({ number, held: keep.held, files });
  later.forEach((message, i) => setTimeout(() => keep.send(message), 100 * (i + 1)));
}

// What is pressed while there is no connection, or so shortly before that no answer came, is sent once there is one.
let pressed, waiting;

keep.press = (send) => {
  if (!connected()) waiting = send;
  else {
    pressed = { send, at: performance.now(), address: location.href };
    send();
  }
};

function pressAgain() {
  const send = waiting;
  waiting = undefined;
  send?.();
}

const app = () => document.querySelector('[data-testid="stApp"]');
const connected = () => app().dataset.testConnectionState === "CONNECTED";

function watch() {
  const told = document.body.appendChild(document.createElement("div"));
  told.className = "residual-block-away";
  told.setAttribute("role", "status");
  let there = true, ran = true, focused, timers = [];
  const say = (after, words) => timers.push(setTimeout(() => { told.textContent = words; }, after));
  const left = () => {
    if (pressed && performance.now() - pressed.at < FRESH && pressed.address === location.href) waiting = pressed.send;
    focused = document.activeElement;
    say(QUIET, "Reconnecting … What you see stays.");
    say(LONG, "The server does not answer yet. What you see stays, and it goes on by itself once there is an answer.");
  };
  const back = () => {
    timers.forEach(clearTimeout);
    timers = [];
    told.textContent = "";
    ran = false;
    handOver();
  };
  new MutationObserver(() => {
    const now = connected(), running = app().dataset.testScriptState === "running";
    if (there !== now) {
      there = now;
      (now ? back : left)();
    } else if (now && running) ran = true;
    else if (now && ran) { // a run is over
      pressed = undefined;
      if (focused?.isConnected && document.activeElement === document.body) focused.focus({ preventScroll: true });
      focused = undefined;
      pressAgain();
    }
  }).observe(app(), { attributeFilter: ["data-test-connection-state", "data-test-script-state"] });
  // Streamlit's own buttons; what is chosen in a figure comes by keep.press (sheet.js)
  window.addEventListener("click", (event) => {
    const button = event.composedPath().find((one) => one.matches?.('[data-testid="stMain"] [data-testid^="stBaseButton"]'));
    if (!button || button.closest('[data-testid="stDownloadButton"]')) return;
    const send = () => { if (button.isConnected && !button.disabled) button.click(); };
    pressed = { send, at: performance.now(), address: location.href };
  }, true);
}

if (!keep.watched) {
  keep.watched = true;
  const style = new CSSStyleSheet();
  style.replaceSync(`.residual-block-away {
    position: fixed; bottom: 1rem; left: 50%; transform: translateX(-50%); z-index: 999992; max-width: calc(100vw - 2rem);
    padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); color: var(--ink);
    font: 400 .875rem/1.4 sans-serif; box-sizing: border-box; box-shadow: 0 .25rem 1rem #0002;
  }
  .residual-block-away:empty { opacity: 0; pointer-events: none; }`);
  document.adoptedStyleSheets.push(style);
  watch();
}
