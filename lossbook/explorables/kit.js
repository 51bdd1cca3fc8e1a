/* Explorables: figures that move under the hand.

A figure is a file beside this one. It names its controls, computes its numbers and draws them:

  lossbook.figure("name", {
    alt: "what the drawing shows",
    controls: [{ key, label, min, max, step, value, log } or { key, label, choices, value }],
    play: "key",                       // a control that buttons can run through
    data: { ... },                     // what Python gives, with what it is where Python does not
    numbers(v, data),                  // from the controls' values: everything drawn or shown
    shown: [{ key, label, series }],   // those that are written below the drawing
    panels: (data) => [{ x, y, xlabel, ylabel, height }],
    draw(panels, v, n, data),
    drag: { panel, x: "key" }          // the pointer's x in that panel is the control's value; or
          { panel, y: "key" },         // its y
  });

`numbers` is pure: tests call it, and compare it with lossbook. */
(() => {
  "use strict";
  const DASHES = ["none", "7 4", "9 3 2 3", "2 3"];
  const MARGIN = { left: 46, right: 12, top: 26, bottom: 40 };
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  const element = (namespace) => (tag, attributes = {}, ...children) => {
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
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * step; i++) found.push(i * step);
    return found;
  }

  /* One pair of axes to draw on, in the data's own coordinates. */
  class Panel {
    constructor(setting, alt) {
      Object.assign(this, { x: [0, 1], y: [0, 1], height: 0.62, series: 0 }, setting);
      this.node = svg("svg", { role: "img", "aria-label": alt });
      this.node.dataset.panel = "";
    }

    /* Take the width that the page gives; letters keep their size. */
    resize() {
      this.width = Math.max(this.node.clientWidth, 200);
      this.tall = Math.min(Math.max(this.width * this.height, 190), 420);
      this.node.setAttribute("viewBox", `0 0 ${this.width} ${this.tall}`);
    }

    toX = (x) => MARGIN.left + ((x - this.x[0]) / (this.x[1] - this.x[0])) * this.#inner[0];
    toY = (y) => this.tall - MARGIN.bottom - ((y - this.y[0]) / (this.y[1] - this.y[0])) * this.#inner[1];

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
      const clip = `clip-${(Panel.count = (Panel.count ?? 0) + 1)}`;
      this.ink = svg("g", { "clip-path": `url(#${clip})` });
      const grid = svg("g", { stroke: "currentColor", "stroke-opacity": 0.15 });
      const words = svg("g");
      const box = { x: MARGIN.left, y: MARGIN.top, width: wide, height: tall };
      for (const x of ticks(...this.x, Math.max(2, Math.floor(wide / 70)))) {
        grid.append(svg("path", { d: `M${this.toX(x)} ${MARGIN.top}v${tall}` }));
        words.append(this.#word(this.toX(x), this.tall - MARGIN.bottom + 16, shorten(x), "middle"));
      }
      for (const y of this.yticks === false ? [] : ticks(...this.y, Math.max(2, Math.floor(tall / 45)))) {
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
      const d = seen.map(([x, y]) => `${this.#near(this.toX(x))} ${this.#near(this.toY(y))}`).join("L");
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
      return Array.from({ length: 241 }, (_, i) => from + ((to - from) * i) / 240).map((x) => [x, f(x)]);
    }

    segment = (x1, y1, x2, y2, style) => this.line([[x1, y1], [x2, y2]], style);

    /* A mark: a disc for the first series, then a square, a triangle, a diamond. */
    dot(x, y, { series = 0, size = 6, hollow = false, fade = 1 } = {}) {
      if (!Number.isFinite(x) || !Number.isFinite(y)) return;
      const s = size;
      const shapes = [
        `M${-s} 0a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0Z`,
        `M${-s} ${-s}h${2 * s}v${2 * s}h${-2 * s}Z`,
        `M0 ${-1.2 * s}L${1.15 * s} ${0.9 * s}H${-1.15 * s}Z`,
        `M0 ${-1.3 * s}L${1.3 * s} 0L0 ${1.3 * s}L${-1.3 * s} 0Z`,
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

    word(x, y, content, anchor = "start") {
      this.ink.append(this.#word(this.toX(x), this.toY(y), content, anchor));
    }
  }

  const color = (series) => (series === "ink" ? "currentColor" : `var(--series-${series})`);
  const shorten = (tick) => String(Number(tick.toPrecision(6))).replaceAll("-", "−");

  /* A slider, which may be logarithmic, or a choice; both have a label and a name. */
  class Control {
    constructor({ value, ...setting }, changed) {
      Object.assign(this, setting);
      this.inputs = [];
      this.node = this.choices ? this.#choice(changed) : this.#slider(changed);
      this.value = value;
    }

    #slider(changed) {
      const [from, to] = this.log ? [Math.log10(this.min), Math.log10(this.max)] : [this.min, this.max];
      const input = html("input", { type: "range", name: this.key, min: from, max: to, step: this.step });
      this.inputs.push(input);
      this.reading = html("output", { "aria-hidden": "true" }); // the slider says it itself
      input.addEventListener("input", changed);
      return html("label", {}, html("span", {}, this.label), input, this.reading);
    }

    #choice(changed) {
      const group = `explorable-${(Control.count = (Control.count ?? 0) + 1)}`;
      const labels = this.choices.map((choice) => {
        const input = html("input", { type: "radio", name: group, value: choice });
        input.addEventListener("change", changed);
        this.inputs.push(input);
        return html("label", {}, input, String(choice));
      });
      return html("fieldset", {}, html("legend", {}, this.label), ...labels);
    }

    get value() {
      if (this.choices) return this.choices[this.inputs.findIndex((input) => input.checked)];
      const raw = Number(this.inputs[0].value);
      return this.log ? 10 ** raw : raw;
    }

    set value(value) {
      if (this.choices) this.inputs.forEach((input, i) => (input.checked = this.choices[i] === value));
      else this.inputs[0].value = this.log ? Math.log10(value) : value;
      this.say();
    }

    say() {
      if (this.choices) return;
      const digits = this.log ? text(this.value) : Number(this.value.toFixed(4)).toString();
      this.reading.textContent = digits.replaceAll("-", "−") + (this.unit ?? "");
      this.inputs[0].setAttribute("aria-valuetext", this.reading.textContent);
    }
  }

  /* Buttons that run a slider from where it is to its end. */
  function player(control, changed) {
    let timer = null;
    const button = (label, action) => {
      const made = html("button", { type: "button" }, label);
      made.addEventListener("click", action);
      return made;
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
    };
    const step = () => {
      control.value = Math.min(control.value + control.step, control.max);
      changed();
      if (control.value >= control.max) stop();
    };
    const play = button("Play", () => {
      if (timer) return stop();
      if (control.value >= control.max) control.value = control.min;
      if (calm.matches) control.value = control.max; // the end, without the motion
      changed();
      if (calm.matches) return;
      play.textContent = "Pause";
      timer = setInterval(step, 150);
    });
    const restart = () => {
      stop();
      control.value = control.min;
      changed();
    };
    return html("div", { class: "buttons" }, play, button("Step", () => (stop(), step())), button("Back", restart));
  }

  function key(series) {
    const sample = svg("path", { d: "M1 5h27", stroke: color(series), "stroke-width": 2.4 });
    sample.setAttribute("stroke-dasharray", DASHES[series] ?? "none");
    return svg("svg", { viewBox: "0 0 29 10", "aria-hidden": "true" }, sample);
  }

  function mount(host, figure) {
    const given = host.querySelector("script[type='application/json']");
    const data = { ...figure.data, ...(given ? JSON.parse(given.textContent) : {}) };
    const controls = {};
    const values = () => Object.fromEntries(Object.entries(controls).map(([name, c]) => [name, c.value]));
    const panels = figure.panels(data).map((setting) => new Panel(setting, figure.alt));
    const outputs = figure.shown.map(({ key: name, label, series }) => {
      const output = html("output", { "data-key": name });
      return [html("span", {}, ...(series === undefined ? [] : [key(series)]), label, output), output];
    });

    const redraw = () => {
      const v = values();
      const n = figure.numbers(v, data);
      for (const panel of panels) panel.clear();
      figure.draw(panels, v, n, data);
      for (const [, output] of outputs) {
        const value = n[output.dataset.key];
        output.dataset.value = value;
        output.textContent = text(value);
      }
      for (const control of Object.values(controls)) control.say();
    };

    for (const setting of figure.controls) {
      const start = setting.key in data ? { value: data[setting.key] } : {};
      controls[setting.key] = new Control({ ...setting, ...start }, redraw);
    }
    const buttons = figure.play ? [player(controls[figure.play], redraw)] : [];
    const board = html("div", { class: "explorable-panels" }, ...panels.map((panel) => panel.node));
    host.append(
      html("div", { class: "explorable-controls" }, ...Object.values(controls).map((c) => c.node), ...buttons),
      board,
      html("div", { class: "explorable-numbers" }, ...outputs.map(([node]) => node)),
    );
    host.classList.add("live");
    // The static figure of the same idea makes room; print shows it again.
    for (const image of host.closest("figure")?.querySelectorAll("img") ?? []) {
      (image.closest(".output") ?? image).classList.add("explorable-static");
    }

    if (figure.drag) drag(panels[figure.drag.panel ?? 0], figure.drag, controls, redraw);
    new ResizeObserver(() => {
      for (const panel of panels) panel.resize();
      redraw();
    }).observe(board);
  }

  /* The pointer takes hold of a control through the drawing. */
  function drag(panel, { x, y }, controls, redraw) {
    const control = controls[x ?? y];
    panel.node.classList.add("explorable-drag", x ? "x" : "y");
    const move = (event) => {
      if (!panel.node.hasPointerCapture(event.pointerId)) return;
      control.value = panel.at(event)[x ? "x" : "y"];
      redraw();
    };
    panel.node.addEventListener("pointerdown", (event) => {
      panel.node.setPointerCapture(event.pointerId);
      move(event);
    });
    panel.node.addEventListener("pointermove", move);
  }

  const kit = (window.lossbook ??= { figures: {} });
  kit.figure = (name, figure) => {
    kit.figures[name] = figure;
    for (const host of document.querySelectorAll(`.explorable[data-figure="${name}"]:not(.live)`)) {
      mount(host, figure);
    }
  };
})();
