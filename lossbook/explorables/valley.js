/* Gradient descent with momentum in a valley, step by step, up to divergence. */
(() => {
  /* The cost (a² + steep b²) / 2 from the start; heavy-ball momentum, as lossbook's SGD. */
  function path({ rate, momentum, t }, { steep, start }) {
    let [a, b] = start;
    let [va, vb] = [0, 0];
    const points = [[a, b]];
    for (let step = 0; step < t; step++) {
      va = momentum * va - rate * a;
      vb = momentum * vb - rate * steep * b;
      [a, b] = [a + va, b + vb];
      points.push([a, b]);
    }
    return points;
  }
  const cost = ([a, b], steep) => (a * a + steep * b * b) / 2;
  lossbook.figure("valley", {
    alt: "A path of gradient descent across the lines of equal cost of a narrow valley",
    data: { steep: 10, start: [-9, 1] },
    controls: [
      { key: "rate", label: "learning rate η", min: 0.005, max: 0.25, step: 0.005, value: 0.15 },
      { key: "momentum", label: "momentum μ", min: 0, max: 0.95, step: 0.05, value: 0 },
      { key: "t", label: "steps", min: 0, max: 60, step: 1, value: 30 },
    ],
    play: "t",
    numbers(v, data) {
      const points = path(v, data);
      const limit = (2 * (1 + v.momentum)) / data.steep;
      const state = v.rate < limit ? "converges" : v.rate > limit ? "diverges" : "neither";
      return { points, cost: cost(points.at(-1), data.steep), limit, state };
    },
    shown: [
      { key: "cost", label: "cost" },
      { key: "limit", label: "largest stable rate" },
      { key: "state", label: "" },
    ],
    panels: () => [{ x: [-10, 10], y: [-4, 4], xlabel: "parameter a", ylabel: "parameter b", height: 0.5 }],
    draw([panel], v, n, { steep, start }) {
      for (const level of [0.05, 0.2, 0.5, 0.9, 1.5]) {
        const r = Math.sqrt(2 * level * cost(start, steep));
        const ring = Array.from({ length: 91 }, (_, i) => (i * Math.PI) / 45);
        const points = ring.map((angle) => [r * Math.cos(angle), (r / Math.sqrt(steep)) * Math.sin(angle)]);
        panel.line(points, { series: "ink", width: 1, fade: 0.35 });
      }
      panel.line(n.points, { series: 0, width: 1.8 });
      for (const [a, b] of n.points) panel.dot(a, b, { series: 0, size: 2.6 });
      panel.dot(...n.points.at(-1), { series: 1 });
      panel.dot(0, 0, { series: 3, hollow: true });
    },
  });
})();
