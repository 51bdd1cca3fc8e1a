/* Explorables: figures that move under the hand.

A figure is a file beside this one. It names its controls, computes its numbers and draws them:

  lossbook.figure("name", {
    alt: "what the drawing shows",
    controls: (data) => [            // log: the slider is logarithmic; whole: its numbers are
      { key, label, min, max, step, value, log, whole } or { key, label, choices, value }
    ],
    play: "key",                       // a control that buttons can run through
    data: { ... },                     // what Python gives, with what it is where Python does not
    numbers(v, data),                  // from the controls' values: everything drawn or shown
    shown: [{ key, label, series }],   // those that are written below the drawing; or (data) => [...]
    panels: (data) => [{ x, y, xlabel, ylabel, height, equal, xticks }],
    draw(panels, v, n, data),
    drag: { panel, x: "key" } or       // the pointer's x in that panel is the control's value
          { panel, y: "key" },         // or its y
  });

`numbers` is pure: tests call it, and compare it with lossbook. */
(() => {
  "use strict";
  const kit = window.lossbook;
  const { Panel, color, html, shorten, svg, text, unique, DASHES } = kit;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* A slider, which may be logarithmic, or a choice; both have a label. */
  class Control {
    constructor({ value, ...setting }, changed) {
      Object.assign(this, setting);
      this.inputs = [];
      this.node = this.choices ? this.#choice(changed) : this.#slider(changed);
      this.value = value;
    }

    #slider(changed) {
      const ends = [this.min, this.max];
      const [min, max] = this.log ? ends.map(Math.log10) : ends;
      const input = html("input", {
        type: "range",
        name: this.key,
        min,
        max,
        step: this.step ?? "any",
      });
      this.inputs.push(input);
      this.reading = html("span", { class: "reading", "aria-hidden": "true" }); // the slider says it
      input.addEventListener("input", changed);
      return html("label", {}, html("span", {}, this.label), input, this.reading);
    }

    #choice(changed) {
      const group = unique(this.key);
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
      if (!this.log) return raw;
      return this.whole ? Math.round(10 ** raw) : 10 ** raw;
    }

    set value(value) {
      if (this.choices && !this.choices.includes(value)) {
        throw new Error(
          `${this.key}: expected one of ${this.choices.join(", ")}, received ${value}`,
        );
      }
      if (this.choices)
        this.inputs.forEach((input, i) => (input.checked = this.choices[i] === value));
      else this.inputs[0].value = this.log ? Math.log10(value) : value;
      this.say();
    }

    say() {
      if (this.choices) return;
      const plain = !this.log || this.whole;
      this.reading.textContent = plain ? shorten(Number(this.value.toFixed(4))) : text(this.value);
      this.inputs[0].setAttribute("aria-valuetext", this.reading.textContent);
    }
  }

  /* Buttons that run a slider from where it is to its end. */
  class Player {
    #timer = null;

    constructor(control, changed) {
      Object.assign(this, { control, changed });
      this.play = this.#button("Play", () => (this.running ? this.stop() : this.start()));
      const step = this.#button("Step", () => (this.stop(), this.step()));
      const restart = this.#button("Restart", () => (this.stop(), this.#go(control.min)));
      this.node = html("div", { class: "buttons" }, this.play, step, restart);
    }

    #button(label, action) {
      const made = html("button", { type: "button" }, label);
      made.addEventListener("click", action);
      return made;
    }

    #go(value) {
      this.control.value = value;
      this.changed();
    }

    get running() {
      return this.#timer !== null;
    }

    start() {
      if (this.control.value >= this.control.max) this.#go(this.control.min);
      if (calm.matches) return this.#go(this.control.max); // the end, without the motion
      this.play.textContent = "Pause";
      this.#timer = setInterval(() => this.step(), 150);
    }

    step() {
      if (this.control.value + this.control.step >= this.control.max) this.stop();
      this.#go(Math.min(this.control.value + this.control.step, this.control.max));
    }

    stop() {
      clearInterval(this.#timer);
      this.#timer = null;
      this.play.textContent = "Play";
    }
  }

  /* The numbers below the drawing, and a voice that reads them out once they have settled. */
  class Numbers {
    #timer = null;

    constructor(shown) {
      this.voice = html("div", { class: "explorable-voice", role: "status" });
      this.places = shown.map(({ key: name, label, series }) => {
        const place = html("b", { "data-key": name });
        const line = series === undefined ? [] : [sample(series)];
        return { place, node: html("span", {}, ...line, label, place), label };
      });
      const nodes = this.places.map(({ node }) => node);
      this.node = html("div", { class: "explorable-numbers" }, ...nodes, this.voice);
    }

    show(numbers, aloud) {
      for (const { place } of this.places) {
        place.dataset.value = numbers[place.dataset.key];
        place.textContent = text(numbers[place.dataset.key]);
      }
      clearTimeout(this.#timer);
      if (aloud) this.#timer = setTimeout(() => this.#say(), 600);
    }

    #say() {
      const parts = this.places.map(({ label, place }) => `${label} ${place.textContent}`);
      this.voice.textContent = parts.join(", ");
    }
  }

  /* How the line of a series looks. */
  function sample(series) {
    const line = svg("path", { d: "M1 5h27", stroke: color(series), "stroke-width": 2.4 });
    line.setAttribute("stroke-dasharray", DASHES[series]);
    return svg("svg", { viewBox: "0 0 29 10", "aria-hidden": "true" }, line);
  }

  function mount(host, figure) {
    const given = JSON.parse(host.querySelector("script[type='application/json']").textContent);
    const data = { ...figure.data, ...given };
    const settings = figure.controls(data);
    const known = [...Object.keys(figure.data ?? {}), ...settings.map(({ key }) => key)];
    const unknown = Object.keys(given).filter((key) => !known.includes(key));
    if (unknown.length)
      throw new Error(`expected ${known.join(", ")}; received ${unknown.join(", ")}`);

    const panels = figure.panels(data).map((setting) => new Panel(setting, figure.alt));
    const { shown } = figure;
    const numbers = new Numbers(typeof shown === "function" ? shown(data) : shown);
    const redraw = () => {
      const v = Object.fromEntries(controls.map((control) => [control.key, control.value]));
      const n = figure.numbers(v, data);
      for (const panel of panels) panel.clear();
      figure.draw(panels, v, n, data);
      numbers.show(n, touched && !player?.running);
      for (const control of controls) control.say();
    };
    let touched = false; // by a reader: before that, nothing is read out
    const changed = () => {
      touched = true;
      redraw();
    };
    const byHand = () => {
      player?.stop();
      changed();
    };
    const controls = settings.map((setting) => {
      const start = setting.key in given ? { value: given[setting.key] } : {};
      return new Control({ ...setting, ...start }, byHand);
    });
    const named = (key) => controls.find((control) => control.key === key);
    const player = figure.play && new Player(named(figure.play), changed);

    const inputs = [...controls, ...(player ? [player] : [])].map(({ node }) => node);
    const board = html("div", { class: "explorable-panels" }, ...panels.map(({ node }) => node));
    host.querySelector("p")?.remove();
    host.append(html("div", { class: "explorable-controls" }, ...inputs), board, numbers.node);
    // In JupyterLab the arrow keys would fold headings instead of moving a slider.
    host.addEventListener("keydown", (event) => event.stopPropagation());
    host.setAttribute("role", "group");
    host.setAttribute("aria-label", figure.alt);

    if (figure.drag) drag(panels[figure.drag.panel ?? 0], figure.drag, named, byHand);
    let width = 0;
    new ResizeObserver(() => {
      if (board.clientWidth === width) return;
      width = board.clientWidth;
      for (const panel of panels) panel.resize();
      redraw();
    }).observe(board);
  }

  /* The pointer takes hold of a control through the drawing. */
  function drag(panel, { x, y }, named, changed) {
    const axis = x ? "x" : "y";
    const control = named(x ?? y);
    panel.node.classList.add("explorable-drag", axis);
    const move = (event) => {
      if (!panel.node.hasPointerCapture(event.pointerId)) return;
      control.value = panel.at(event)[axis];
      changed();
    };
    panel.node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      panel.node.setPointerCapture(event.pointerId);
      if (event.pointerType === "mouse") move(event); // a finger may have come to scroll
    });
    panel.node.addEventListener("pointermove", move);
  }

  /* The static figure of the same idea makes room; print shows it again. */
  function replaceStatic(host) {
    const image = host.closest("figure")?.querySelector("img");
    if (!image) return;
    host.classList.add("has-static");
    (image.closest("a, .output") ?? image).classList.add("explorable-static");
  }

  kit.figure = (name, figure) => {
    kit.figures[name] = figure;
    for (const host of document.querySelectorAll(`.explorable[data-figure="${name}"]:not(.live)`)) {
      host.classList.add("live");
      try {
        mount(host, figure);
        replaceStatic(host);
      } catch (error) {
        host.replaceChildren(
          html("p", { role: "alert" }, `explorable "${name}": ${error.message}`),
        );
      }
    }
  };
})();
