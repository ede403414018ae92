// An ONNX file without its weights, made where the file lies: a walk over protobuf's wire format that copies the graph
// and skips the numbers, most of them without reading them. served.py puts this text in front of model.js.
// Fields: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3   Wire: https://protobuf.dev/programming-guides/encoding

const KEEP = "keep", FLOATS = "floats", SHORT = "short", PROPERTY = "property";
// What becomes of each field of each message: kept as it is, or gone into. What is not named is left out: weights,
// documentation, stack traces, training, and whatever a later format or somebody's own adds.
const MESSAGES = {
  model: { ...kept(1, 2, 3, 4, 5, 8, 26), 7: "graph", 25: "function" },
  graph: { ...kept(2, 14), 1: "node", 5: "tensor", 15: "sparse", 11: "value", 12: "value", 13: "value" },
  node: { ...kept(1, 2, 3, 4, 7, 8, 10), 5: "attribute", 9: PROPERTY },
  attribute: {
    ...kept(1, 2, 3, 8, 9, 14, 15, 20, 21), 4: SHORT, 7: FLOATS,
    5: "tensor", 10: "tensor", 6: "graph", 11: "graph", 22: "sparse", 23: "sparse",
  },
  function: { ...kept(1, 4, 5, 6, 9, 10, 13), 7: "node", 11: "attribute", 12: "value" },
  sparse: { ...kept(3), 1: "tensor", 2: "tensor" },
  value: kept(1, 2),
};
const TENSOR = { ...kept(1, 2, 8), 4: "data", 5: "data", 6: "data", 7: "data", 9: "data", 10: "data", 11: "data" };
const PROPERTIES = new Set(["namespace", "pkg.torch.onnx.name_scopes"]); // they say where in the module a node stands

const FLOAT_TYPES = new Set([1, 10, 11, 14, 15, 16, 17, 18, 19, 20, 23, 24, 27, 28]);
const INT64 = 7, BOOL = 9;
// A few numbers decide shapes, and stay: where a reshape goes, a resize's scales, an epsilon.
const MOST_INDICES = 1024, MOST_NUMBERS = 16, MOST_DATA = 1 << 14;
// Of other types only what these read as such numbers (from their second input on; a cast's first), so that a BatchNorm of
// sixteen channels or a quantised kernel does not pass for it.
const READ_NUMBERS = new Set(["Resize", "Upsample", "Slice", "Pad", "Gather", "Cast"]);
const MOST_TEXT = 1 << 14, MOST_GRAPHS = 20, MOST_ALIKE = 1 << 22;
// Documentation of a tensor of floats that was left out and held one number only: padding with zeros, a norm that exporters
// make up. By the type of its elements, the bytes of a one.
const ZEROS = "all zeros", ONES = "all ones";
const ONE = { 1: [0, 0, 0x80, 0x3f], 10: [0, 0x3c], 11: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 16: [0x80, 0x3f] };
const NOT_A_NUMBER = [0, 0, 0xc0, 0x7f];
const FIRST_READ = 1 << 15, MOST_READ = 1 << 20, AHEAD = 64; // bytes; a header takes 20, a property's key 40

// A sentence for the reader.
export class Refused extends Error {}

// `file` is a Blob or a File. The result has at most `most` bytes; `tell` hears what share has been gone through.
export async function strip(file, { most, name = "This file", tell = () => {} }) {
  await look(file, name);
  try {
    const first = new Walk(file.size, async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()), most);
    const bytes = await first.run(tell);
    if (!first.doubtful) return bytes;
    const again = async (from, to) => { await pause(); return bytes.subarray(from, to); };
    return await new Walk(bytes.length, again, most, first.numbers).run(() => tell(1));
  } catch (error) {
    if (error instanceof Malformed) throw new Refused(`${name} can’t be read as an ONNX file: ${error.message}.`);
    if (error instanceof TooLarge)
      throw new Refused(`${name} is too large: its graph alone, without weights, has more than ${megabytes(most)} MB.`);
    throw error;
  }
}

// what a file begins with, of kinds that are dropped by mistake
const KINDS = [
  [[0x89, 0x50, 0x4e, 0x47], "a PNG picture"], [[0xff, 0xd8, 0xff], "a JPEG picture"], [[0x25, 0x50, 0x44, 0x46], "a PDF"],
  [[0x89, 0x48, 0x44, 0x46], "an HDF5 file, as Keras’s .h5 files are"], [[0x1f, 0x8b], "packed with gzip"],
  [[0xfd, 0x37, 0x7a, 0x58], "packed with xz"], [[0x80, 0x02], "a pickle, as older .pt and .pth files are"],
];

async function look(file, name) {
  if (!file.size) throw new Refused(`${name} is empty: it has 0 bytes.`);
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const kind = KINDS.find(([first]) => first.every((byte, i) => head[i] === byte));
  if (kind) throw new Refused(`${name} is ${kind[1]}, and not an ONNX file.`);
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] < 8)
    throw new Refused(`${name} is a zip archive, as PyTorch’s .pt and .pth files are, and not an ONNX file: unpack it, or export with torch.onnx.export.`);
}

class Malformed extends Error {}
class TooLarge extends Error {}

// What is written: submessages get their length when they are closed.
class Output {
  constructor(most) {
    this.most = most;
    this.bytes = new Uint8Array(1 << 16);
    this.length = 0;
  }

  room(count) {
    const needed = this.length + count;
    if (needed > this.most) throw new TooLarge();
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  put(bytes) {
    this.room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  varint(value, at = this.length) {
    for (; value > 127; value = Math.floor(value / 128)) this.bytes[at++] = (value % 128) | 128;
    this.bytes[at++] = value;
    return at;
  }

  // Where the submessage's content begins, behind one byte for its length.
  open(field) {
    this.room(11);
    this.length = this.varint(field * 8 + 2) + 1;
    return this.length;
  }

  close(start) {
    const size = this.length - start;
    let more = 0;
    for (let rest = size; rest > 127; rest = Math.floor(rest / 128)) more++;
    this.room(more);
    if (more) this.bytes.copyWithin(start + more, start, this.length);
    this.varint(size, start - 1);
    this.length += more;
  }

  // Of a message that was written here from `start` on: its fields, each with the place of what is in it.
  *fields(start) {
    for (let at = start; at < this.length;) {
      const varint = () => {
        let value = 0;
        for (let scale = 1; ; scale *= 128) {
          const byte = this.bytes[at++];
          value += (byte & 127) * scale;
          if (byte < 128) return value;
        }
      };
      const tag = varint(), wire = tag & 7;
      let size = { 1: 8, 5: 4 }[wire] ?? 0;
      if (wire === 0) varint();
      if (wire === 2) size = varint();
      yield { field: Math.floor(tag / 8), wire, from: at, to: at + size };
      at += size;
    }
  }

  texts(start, wanted) {
    return [...this.fields(start)].filter(({ field, wire }) => field === wanted && wire === 2)
      .map(({ from, to }) => new TextDecoder().decode(this.bytes.subarray(from, to)));
  }
}

// One walk over the bytes. Its generators yield where they need bytes that are not at hand.
class Walk {
  constructor(size, read, most, numbers = null) {
    Object.assign(this, { size, read, numbers });
    this.known = numbers; // names that are read as numbers: known in the second walk, gathered in the first
    this.numbers ??= new Set();
    this.out = new Output(most);
    this.doubtful = false; // something was kept that only the second walk can judge
    this.at = this.start = 0;
    this.graphs = this.depth = 0; // found in all, and around the one that is being written
    this.bytes = new Uint8Array(0);
    this.ahead = FIRST_READ;
    this.node = -1; // where the node that is being written begins
  }

  async run(tell) {
    const steps = this.message("model", this.size);
    for (let step = steps.next(); !step.done; step = steps.next()) {
      await this.load(step.value);
      tell(step.value / this.size);
    }
    if (!this.graphs) throw new Malformed("there is no graph in it");
    return this.out.bytes.slice(0, this.out.length);
  }

  // More at a time where bytes are read one after the other, little after a jump.
  async load(from) {
    const goesOn = from > this.start && from < this.start + this.bytes.length + this.ahead;
    this.ahead = goesOn ? Math.min(2 * this.ahead, MOST_READ) : FIRST_READ;
    this.bytes = await this.read(from, Math.min(from + this.ahead, this.size));
    this.start = from;
    if (!this.bytes.length) throw new Malformed("its end is missing, download it once more");
  }

  has(from, count) {
    return from >= this.start && Math.min(from + count, this.size) <= this.start + this.bytes.length;
  }

  varint(end) {
    let value = 0, scale = 1;
    for (let i = 0; i < 10; i++, scale *= 128) {
      if (this.at >= end) throw new Malformed("its end is missing, download it once more");
      const byte = this.bytes[this.at++ - this.start];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new Malformed("it is none, or damaged");
  }

  // The head of a field; `to` is where the next one begins. AHEAD bytes are at hand.
  header(end) {
    const tag = this.varint(end), field = Math.floor(tag / 8), wire = tag % 8;
    if (!field || tag > 0xffffffff) throw new Malformed("it is none, or damaged");
    let from = this.at, to = from, value = 0;
    if (wire === 0) { value = this.varint(end); to = this.at; }
    else if (wire === 1) to += 8;
    else if (wire === 5) to += 4;
    else if (wire === 2) { to = this.varint(end); from = this.at; to += from; }
    else throw new Malformed("it is none, or damaged");
    if (to > end) throw new Malformed("it is none, or its end is missing");
    return { field, wire, from, to, value };
  }

  *copy(from, to) {
    while (from < to) {
      if (!this.has(from, 1)) yield from;
      const until = Math.min(to, this.start + this.bytes.length);
      this.out.put(this.bytes.subarray(from - this.start, until - this.start));
      from = until;
    }
  }

  *message(type, end) {
    const actions = MESSAGES[type], begin = this.out.length;
    let floats = false, run = this.at; // what is kept is copied in runs, as long as they get
    while (this.at < end) {
      const from = this.at;
      if (!this.has(from, AHEAD)) {
        yield* this.copy(run, from);
        run = from;
        if (!this.has(from, AHEAD)) yield from;
      }
      const head = this.header(end), action = actions[head.field];
      const inside = head.wire === 2 && INSIDE[action];
      if (action === FLOATS) floats = true;
      if (action === KEEP || action === FLOATS || (action === SHORT && head.to - head.from <= MOST_TEXT)
        || (action === PROPERTY && this.says(head))) {
        this.at = head.to;
        continue;
      }
      yield* this.copy(run, from);
      if (inside) {
        const start = this.out.open(head.field);
        this.at = head.from;
        yield* inside.call(this, head.to);
        this.out.close(start);
      }
      this.at = run = head.to;
    }
    yield* this.copy(run, end);
    if (floats) this.blank(begin);
  }

  *graph(end) {
    this.graphs++;
    if (++this.depth > MOST_GRAPHS) throw new Malformed(`graphs lie in graphs in it, more than ${MOST_GRAPHS} deep`);
    yield* this.message("graph", end);
    this.depth--;
  }

  *nodeOf(end) {
    const around = this.node;
    this.node = this.out.length;
    yield* this.message("node", end);
    if (!this.known) this.note();
    this.node = around;
  }

  // Which constants a node reads as numbers.
  note() {
    const [op] = this.out.texts(this.node, 4).slice(-1);
    if (!READ_NUMBERS.has(op)) return;
    for (const name of this.out.texts(this.node, 1).slice(op === "Cast" ? 0 : 1)) this.numbers.add(name);
  }

  // A long list of numbers in an attribute: as many, but none of them.
  blank(begin) {
    const places = [];
    for (const { field, wire, from, to } of this.out.fields(begin))
      if (field === 7 && (wire === 2 || wire === 5)) for (let at = from; at + 4 <= to; at += 4) places.push(at);
    if (places.length > MOST_NUMBERS) for (const at of places) this.out.bytes.set(NOT_A_NUMBER, at);
  }

  // Whether a property of a node is one of the two that say where it stands.
  says({ wire, from, to }) {
    const at = from - this.start;
    if (wire !== 2 || to - from > MOST_TEXT || this.bytes[at] !== 10) return false;
    return PROPERTIES.has(new TextDecoder().decode(this.bytes.subarray(at + 2, at + 2 + this.bytes[at + 1])));
  }

  *tensor(end) {
    const begin = this.at, written = this.out.length;
    let count = 1, type = 0, size = 0, zeros = true, ones = true, marked = "", outside = false;
    while (this.at < end) {
      const start = this.at;
      if (!this.has(start, AHEAD)) yield start;
      const { field, wire, from, to, value } = this.header(end);
      if (field === 1) count *= wire === 0 ? value : wire === 2 ? yield* this.product(from, to) : 1;
      else if (field === 2) type = value;
      else if (TENSOR[field] === "data") {
        size += to - from;
        zeros &&= yield* this.repeats([0], from, to);
        ones &&= !zeros && field !== 5 && type in ONE && (yield* this.repeats(ONE[type], from, to)); // 5: varints
      } else if (field === 12) marked = this.mark(from, to);
      else if (field === 13) outside = true;
      if (TENSOR[field] === KEEP) yield* this.copy(start, to);
      this.at = to;
    }
    if (size && size <= MOST_DATA && !outside && this.decides(count, type, written)) {
      this.out.length = written;
      yield* this.whole(begin, end);
      return;
    }
    const mark = outside || !FLOAT_TYPES.has(type) ? "" : !size ? marked : zeros ? ZEROS : ones ? ONES : "";
    if (mark) {
      const start = this.out.open(12);
      this.out.put(new TextEncoder().encode(mark));
      this.out.close(start);
    }
  }

  // A small tensor once more, with its numbers.
  *whole(begin, end) {
    for (this.at = begin; this.at < end;) {
      const start = this.at;
      if (!this.has(start, AHEAD)) yield start;
      const { field, to } = this.header(end);
      if (TENSOR[field]) yield* this.copy(start, to);
      this.at = to;
    }
  }

  // Whether a shape may depend on these numbers.
  decides(count, type, written) {
    if (count === 1 || ((type === INT64 || type === BOOL) && count <= MOST_INDICES)) return true;
    if (count > MOST_NUMBERS) return false;
    if (!this.known) return this.doubtful = true; // who reads it may come later
    const names = [...this.out.texts(written, 8), ...(this.node < 0 ? [] : this.out.texts(this.node, 2))];
    return names.some((name) => name && this.known.has(name));
  }

  *product(from, to) {
    let product = 1;
    for (this.at = from; this.at < to;) {
      if (!this.has(this.at, AHEAD)) yield this.at;
      product *= this.varint(to);
    }
    return product;
  }

  // Whether it is these bytes, over and over: 1, 2, 4 or 8.
  *repeats(pattern, from, to) {
    if (to - from > MOST_ALIKE) return false;
    for (let at = from; at < to;) {
      if (!this.has(at, 1)) yield at;
      const { bytes, start } = this, until = Math.min(to, start + bytes.length), mask = pattern.length - 1;
      for (; at < until; at++) if (bytes[at - start] !== pattern[(at - from) & mask]) return false;
    }
    return true;
  }

  // Of a tensor that was left out before.
  mark(from, to) {
    if (to - from > ZEROS.length) return "";
    const text = new TextDecoder().decode(this.bytes.subarray(from - this.start, to - this.start));
    return text === ZEROS || text === ONES ? text : "";
  }
}

const within = (type) => function* (end) { yield* this.message(type, end); };
const INSIDE = {
  graph: Walk.prototype.graph, node: Walk.prototype.nodeOf, tensor: Walk.prototype.tensor,
  attribute: within("attribute"), function: within("function"), sparse: within("sparse"), value: within("value"),
};

function kept(...fields) {
  return Object.fromEntries(fields.map((field) => [field, KEEP]));
}

const megabytes = (bytes) => Math.floor(bytes / 1e6);

// The page gets its turn.
function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); resolve(); };
    port2.postMessage(null);
  });
}
