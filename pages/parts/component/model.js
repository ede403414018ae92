// A box for a file. An ONNX file's weights are left out here (strip.js, ahead of this text), and only the graph is sent:
// once, as a trigger. The page holds what was sent, for a process that never had it (keep.js).
// STYLE stands ahead of this text too (served.py).
const style = new CSSStyleSheet();
style.replaceSync(STYLE);
const MOST_SENT = 15_000_000; // characters: a server closes a socket that brings more than 16 MiB in one message
const SLOW = 150; // ms, after which it is said how far the reading is

const TAKEN = { // the files that are offered; the bytes that are sent of one; what is said of it then
  model: {
    accept: ".onnx,.json,application/octet-stream",
    bytes: (file, most, tell) => (/\.json$/i.test(file.name) ? graphOf(file, most) : strip(file, { most, name: file.name, tell })),
    sentence: ({ name, size, kept }) => size === kept
      ? `${name}: ${amount(size)} sent as it is; there were no weights in it.`
      : `${name}: ${amount(size)} read here, ${amount(kept)} sent. The weights never left this machine.`,
  },
  picture: {
    accept: ".png,.jpg,.jpeg,image/png,image/jpeg",
    bytes: pictureOf,
    sentence: ({ name, size }) => `${name}: ${amount(size)} sent.`,
  },
};

export default function ({ parentElement, data, setTriggerValue }) {
  const box = parentElement.querySelector(".model") ?? made(parentElement);
  box.send = (value) => {
    window.residualBlockKeep?.files.set(data.box, value);
    setTriggerValue("model", value);
  };
  box.most = data.most;
  box.takes = TAKEN[data.takes];
  box.querySelector("input").accept = box.takes.accept;
  box.text("label").textContent = data.label;
  box.text("promise").textContent = data.promise;
  const said = JSON.stringify([data.given, data.refused]);
  if (box.said === said) return; // what was said since stays
  box.said = said;
  if (!box.reading) say(box, data.given ? box.takes.sentence(data.given) : "", data.refused);
}

function made(parentElement) {
  parentElement.getRootNode().adoptedStyleSheets = [style];
  const box = document.createElement("div");
  box.className = "sheet model";
  box.innerHTML = `<button type="button"><strong data-part="label"></strong> <span data-part="promise"></span></button>
    <input type="file" hidden>
    <progress max="1" value="0" aria-label="Reading the file" hidden></progress>
    <p role="status" data-part="told"></p><p role="alert" data-part="refused"></p>`;
  box.text = (name) => box.querySelector(`[data-part="${name}"]`);
  parentElement.appendChild(box);
  listen(box);
  return box;
}

function listen(box) {
  const button = box.querySelector("button"), input = box.querySelector("input");
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length) take(box, input.files[0]);
    input.value = ""; // the same file can be chosen again
  });
  for (const event of ["dragenter", "dragover"])
    button.addEventListener(event, (dragged) => {
      dragged.preventDefault();
      button.classList.add("over");
    });
  button.addEventListener("dragleave", () => button.classList.remove("over"));
  button.addEventListener("drop", (dropped) => {
    dropped.preventDefault();
    button.classList.remove("over");
    const files = [...dropped.dataTransfer.files];
    const file = files.find(({ name }) => /\.onnx$/i.test(name)) ?? files[0]; // its weights may have come along
    if (file) take(box, file);
  });
}

async function take(box, file) {
  const turn = box.reading = {}, began = performance.now(), progress = box.querySelector("progress");
  const tell = (share) => {
    if (box.reading !== turn) throw new Overtaken();
    if (performance.now() - began < SLOW) return;
    progress.hidden = false;
    progress.value = share;
  };
  say(box, `Reading ${file.name} …`);
  try {
    const bytes = await box.takes.bytes(file, box.most, tell);
    const packed = await pack(bytes);
    if (packed.length > MOST_SENT) throw new Refused(`${file.name} is too large to be sent, even without its weights.`);
    tell(1);
    const given = { name: file.name, size: file.size, kept: bytes.length };
    say(box, box.takes.sentence(given));
    box.send({ ...given, packed });
  } catch (error) {
    if (error instanceof Overtaken) return;
    if (box.reading === turn)
      say(box, "", error instanceof Refused ? error.message : `${file.name} could not be read: it may have moved, or be a folder.`);
  } finally {
    if (box.reading === turn) {
      box.reading = null;
      progress.hidden = true;
    }
  }
}

class Overtaken extends Error {} // by another file

// A graph that was saved here: it has no weights, and goes as it is.
async function graphOf(file, most) {
  if (file.size > most) throw new Refused(`${file.name} is too large: a graph that was saved here has at most ${Math.floor(most / 1e6)} MB.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refused(`${file.name} is not a JSON file: it can’t be read as one.`);
  }
  return bytes;
}

// A picture goes as it is: whether it is one, the server says.
async function pictureOf(file, most) {
  if (file.size > most) throw new Refused(`${file.name} has ${amount(file.size)}: a picture that is handed in has at most ${amount(most)}.`);
  return new Uint8Array(await file.arrayBuffer());
}

// Compressed, as text.
async function pack(bytes) {
  const packed = await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"))).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(packed);
  });
}

function say(box, told, refused = "") {
  box.text("told").textContent = told;
  box.text("refused").textContent = refused;
}

function amount(bytes) {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const [unit, name] = bytes < 999_500 ? [1e3, "kB"] : bytes < 999_500_000 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(bytes / unit).toLocaleString("en", { maximumSignificantDigits: 3 })} ${name}`;
}

// A file that misses the box would take the page's place.
if (!window.residualBlockDrops) {
  window.residualBlockDrops = true;
  const boxes = () => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')].some((host) => host.shadowRoot?.querySelector(".model"));
  for (const event of ["dragover", "drop"])
    window.addEventListener(event, (dragged) => {
      if (dragged.defaultPrevented || !dragged.dataTransfer?.types.includes("Files") || !boxes()) return;
      dragged.preventDefault();
      dragged.dataTransfer.dropEffect = "none";
    });
}
