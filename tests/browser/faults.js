() => {
  const svg = document.documentElement, faults = [], paper = svg.getBoundingClientRect();
  const zoom = paper.width / svg.viewBox.baseVal.width;
  const all = (names) => [...svg.querySelectorAll(names)];
  // what the letters cover: from a capital's height to the base line
  const texts = all("text").filter((e) => e.textContent.trim()).map((e) => {
    const box = e.getBoundingClientRect(), size = parseFloat(e.getAttribute("font-size")) * zoom;
    const base = new DOMPoint(0, +e.getAttribute("y")).matrixTransform(e.getScreenCTM()).y;
    const blanks = e.textContent.match(/^[\u00a0 ]*/)[0].length / e.textContent.length;
    return { words: e.textContent, left: box.left + blanks * box.width + 0.5, right: box.right - 0.5, top: base - 0.66 * size, bottom: base };
  });
  for (const one of texts) {
    if (one.left < 0 || one.right > paper.right || one.top < 0 || one.bottom > paper.bottom) faults.push(`${one.words} leaves the paper`);
    for (const other of texts)
      if (other !== one && one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)
        faults.push(`${one.words} covers ${other.words}`);
  }
  // lines: nothing is filled, something is stroked
  for (const line of all("path, line, polyline").filter((e) => e.getAttribute("fill") === "none" && e.getAttribute("stroke"))) {
    const matrix = line.getScreenCTM(), far = line.getTotalLength();
    for (let i = 0; i <= 200; i++) {
      const { x, y } = new DOMPoint(...(({ x, y }) => [x, y])(line.getPointAtLength(far * i / 200))).matrixTransform(matrix);
      const hit = texts.find((t) => x > t.left && x < t.right && y > t.top && y < t.bottom);
      if (hit) { faults.push(`a line runs through ${hit.words}`); break; }
    }
  }
  // boxes: a text whose middle is inside of one is all inside
  for (const box of all(".node > path, .node > polygon, .node > ellipse, rect[rx]").map((e) => e.getBoundingClientRect()))
    for (const one of texts) {
      const x = (one.left + one.right) / 2, y = (one.top + one.bottom) / 2;
      const inside = x > box.left && x < box.right && y > box.top && y < box.bottom;
      if (inside && (one.left < box.left || one.right > box.right || one.top < box.top || one.bottom > box.bottom))
        faults.push(`${one.words} leaves its box`);
    }
  return [...new Set(faults)];
}
