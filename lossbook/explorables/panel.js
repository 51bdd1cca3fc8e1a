/* One pair of axes of an explorable, to draw on in the data's own coordinates. */
(() => {
  "use strict";
  const DASHES = ["none", "7 4", "9 3 2 3", "2 3", "14 3"];
  const MARGIN = { left: 46, right: 12, top: 26, bottom: 40 };
  const kit = (window.lossbook ??= { figures: {}, made: 0 });
  const unique = (name) => `explorable-${name}-${(kit.made += 1)}`; // in a notebook, kits are many

  const element =
    (namespace) =>
    (tag, attributes = {}, ...children) => {
      const made = document.createElementNS(namespace, tag);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      made.append(...children);
      return made;
    };
  const html = element("http://www.w3.org/1999/xhtml");
  const svg = element("http://www.w3.org/2000/svg");

  /* Four digits, and a real minus sign; what is out of bounds is said in a word. */
  function text(value) {
    if (typeof value === "string") return value;
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "none" : value < 0 ? "−∞" : "∞";
    const size = Math.abs(value);
    const plain = size === 0 || (size >= 1e-3 && size < 1e5);
    const digits = plain
      ? value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3)
      : value.toExponential(2);
    return digits.replaceAll("-", "−");
  }

  /* Round numbers for an axis, about `count` of them. */
  function ticks(from, to, count) {
    const rough = (to - from) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => power * factor >= rough);
    const found = [];
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * step; i++)
      found.push(i * step);
    return found;
  }

  /* One pair of axes to draw on, in the data's own coordinates. */
  class Panel {
    constructor(setting, alt) {
      Object.assign(this, { height: 0.62 }, setting);
      if (setting.equal) this.equal = { x: setting.x, y: setting.y };
      this.node = svg("svg", { role: "img", "aria-label": alt });
      this.node.dataset.panel = "";
    }

    /* Take the width that the page gives; letters keep their size. */
    resize() {
      this.width = Math.max(this.node.clientWidth, 200);
      this.tall = Math.min(Math.max(this.width * this.height, 230), 420);
      this.node.setAttribute("viewBox", `0 0 ${this.width} ${this.tall}`);
      if (this.equal) this.#equalise();
    }

    /* Widen one of the axes until a unit is as long on both. */
    #equalise() {
      const [wide, tall] = this.#inner;
      const { x, y } = this.equal;
      const unit = Math.max((x[1] - x[0]) / wide, (y[1] - y[0]) / tall);
      const around = ([from, to], length) => [-1, 1].map((side) => (from + to + side * length) / 2);
      this.x = around(x, unit * wide);
      this.y = around(y, unit * tall);
    }

    toX = (x) => MARGIN.left + ((x - this.x[0]) / (this.x[1] - this.x[0])) * this.#inner[0];
    toY = (y) =>
      this.tall - MARGIN.bottom - ((y - this.y[0]) / (this.y[1] - this.y[0])) * this.#inner[1];

    /* Where the pointer is, in the data's coordinates. */
    at(event) {
      const box = this.node.getBoundingClientRect();
      const [wide, tall] = this.#inner;
      const along = (event.clientX - box.left - MARGIN.left) / wide;
      const up = (box.bottom - MARGIN.bottom - event.clientY) / tall;
      return {
        x: this.x[0] + along * (this.x[1] - this.x[0]),
        y: this.y[0] + up * (this.y[1] - this.y[0]),
      };
    }

    get #inner() {
      return [this.width - MARGIN.left - MARGIN.right, this.tall - MARGIN.top - MARGIN.bottom];
    }

    clear() {
      const [wide, tall] = this.#inner;
      const clip = unique("clip");
      this.ink = svg("g", { "clip-path": `url(#${clip})` });
      const grid = svg("g", { stroke: "currentColor", "stroke-opacity": 0.15 });
      const words = svg("g");
      const box = { x: MARGIN.left, y: MARGIN.top, width: wide, height: tall };
      const numbered = ticks(...this.x, Math.max(2, Math.floor(wide / 70))).map((x) => [
        x,
        shorten(x),
      ]);
      for (const [x, name] of this.xticks ?? numbered) {
        grid.append(svg("path", { d: `M${this.toX(x)} ${MARGIN.top}v${tall}` }));
        words.append(this.#word(this.toX(x), this.tall - MARGIN.bottom + 16, name, "middle"));
      }
      for (const y of ticks(...this.y, Math.max(2, Math.floor(tall / 45)))) {
        grid.append(svg("path", { d: `M${MARGIN.left} ${this.toY(y)}h${wide}` }));
        words.append(this.#word(MARGIN.left - 6, this.toY(y) + 4, shorten(y), "end"));
      }
      words.append(this.#word(MARGIN.left + wide / 2, this.tall - 6, this.xlabel ?? "", "middle"));
      words.append(this.#word(4, 14, this.ylabel ?? "", "start"));
      const shape = svg("clipPath", { id: clip }, svg("rect", box));
      this.node.replaceChildren(svg("defs", {}, shape), grid, words, this.ink);
    }

    #word = (x, y, content, anchor) => svg("text", { x, y, "text-anchor": anchor }, content);

    /* A line through points [x, y], or the graph of a function. */
    line(what, { series = 0, width = 2.4, fade = 1, closed = false, fill = "none", dash } = {}) {
      const points = typeof what === "function" ? this.#graph(what) : what;
      const seen = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
      const d = seen
        .map(([x, y]) => `${this.#near(this.toX(x))} ${this.#near(this.toY(y))}`)
        .join("L");
      if (!d) return;
      this.ink.append(
        svg("path", {
          d: `M${d}${closed ? "Z" : ""}`,
          fill: fill === "none" ? fill : color(series),
          "fill-opacity": 0.15,
          stroke: color(series),
          "stroke-width": width,
          "stroke-opacity": fade,
          "stroke-dasharray": dash ?? DASHES[series] ?? "none",
          "stroke-linejoin": "round",
        }),
      );
    }

    /* Far outside, a browser would lose a coordinate's digits. */
    #near = (pixel) => Math.min(Math.max(pixel, -1e4), 1e4).toFixed(2);

    #graph(f) {
      const [from, to] = this.x;
      return Array.from({ length: 241 }, (_, i) => from + ((to - from) * i) / 240).map((x) => [
        x,
        f(x),
      ]);
    }

    segment = (x1, y1, x2, y2, style) =>
      this.line(
        [
          [x1, y1],
          [x2, y2],
        ],
        style,
      );

    /* The lines through zero. */
    origin() {
      const style = { series: "ink", width: 1, fade: 0.4, dash: "none" };
      this.segment(this.x[0], 0, this.x[1], 0, style);
      this.segment(0, this.y[0], 0, this.y[1], style);
    }

    /* A mark: a disc for the first series, then a square, a triangle, a diamond, a cross. */
    dot(x, y, { series = 0, size = 6, hollow = false, fade = 1 } = {}) {
      if (!Number.isFinite(x) || !Number.isFinite(y)) return;
      const s = size;
      const shapes = [
        `M${-s} 0a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0Z`,
        `M${-s} ${-s}h${2 * s}v${2 * s}h${-2 * s}Z`,
        `M0 ${-1.2 * s}L${1.15 * s} ${0.9 * s}H${-1.15 * s}Z`,
        `M0 ${-1.3 * s}L${1.3 * s} 0L0 ${1.3 * s}L${-1.3 * s} 0Z`,
        `M${-s} ${-s}L${s} ${s}M${s} ${-s}L${-s} ${s}`,
      ];
      this.ink.append(
        svg("path", {
          d: shapes[series] ?? shapes[0],
          transform: `translate(${this.#near(this.toX(x))} ${this.#near(this.toY(y))})`,
          fill: hollow ? "none" : color(series),
          stroke: color(series),
          "stroke-width": 1.5,
          opacity: fade,
        }),
      );
    }

    /* Many small discs in one piece, so that a thousand of them still move under the hand. */
    cloud(points, { series = 0, size = 2.5, fade = 0.5 } = {}) {
      const disc = `m${-size} 0a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0`;
      const d = points.map(
        ([x, y]) => `M${this.#near(this.toX(x))} ${this.#near(this.toY(y))}${disc}`,
      );
      this.ink.append(svg("path", { d: d.join(""), fill: color(series), "fill-opacity": fade }));
    }
  }

  /* A quadratic cost of two weights: (w − centre)ᵀ G (w − centre). */
  function quadratic([[g11, g12], [, g22]], [c1, c2], [a, b]) {
    const [d1, d2] = [a - c1, b - c2];
    return g11 * d1 * d1 + 2 * g12 * d1 * d2 + g22 * d2 * d2;
  }

  /* Where it has the height given. */
  function ellipse([[g11, g12], [, g22]], [a, b], height) {
    const l11 = Math.sqrt(g11); // G = L Lᵀ, and w = centre + √height L⁻ᵀ (cos, sin)
    const l21 = g12 / l11;
    const l22 = Math.sqrt(g22 - l21 * l21);
    return Array.from({ length: 121 }, (_, i) => (i * Math.PI) / 60).map((angle) => {
      const second = Math.sin(angle) / l22;
      const first = (Math.cos(angle) - l21 * second) / l11;
      return [a + Math.sqrt(height) * first, b + Math.sqrt(height) * second];
    });
  }

  const IDENTITY = [
    [1, 0],
    [0, 1],
  ];
  const circle = (centre, radius) => ellipse(IDENTITY, centre, radius * radius);

  const color = (series) => (series === "ink" ? "currentColor" : `var(--series-${series})`);
  const shorten = (tick) => String(Number(tick.toPrecision(6))).replaceAll("-", "−");

  Object.assign(kit, {
    Panel,
    circle,
    color,
    ellipse,
    html,
    quadratic,
    shorten,
    svg,
    text,
    unique,
    DASHES,
  });
})();
