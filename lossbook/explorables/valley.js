/* Gradient descent on a quadratic cost of two weights, step by step, without and with momentum. */
(() => {
  /* The cost is (w − bottom)ᵀ H (w − bottom) / 2; the steps are those of lossbook's SGD. */
  function path({ rate, momentum, t }, { hessian: [[h11, h12], [, h22]], bottom, start }) {
    let [a, b] = start;
    let [va, vb] = [0, 0];
    const points = [[a, b]];
    for (let step = 0; step < t; step++) {
      const [da, db] = [a - bottom[0], b - bottom[1]];
      va = momentum * va - rate * (h11 * da + h12 * db);
      vb = momentum * vb - rate * (h12 * da + h22 * db);
      [a, b] = [a + va, b + vb];
      points.push([a, b]);
    }
    return points;
  }

  const cost = (point, { hessian, bottom }) => lossbook.quadratic(hessian, bottom, point) / 2;

  const largest = ([[h11, h12], [, h22]]) => (h11 + h22) / 2 + Math.hypot((h11 - h22) / 2, h12);

  lossbook.figure("valley", {
    alt: "Two paths of gradient descent, without and with momentum, across the lines of equal cost of a narrow valley",
    data: {
      hessian: [
        [1, 0],
        [0, 10],
      ],
      bottom: [0, 0],
      start: [-9, 1],
      x: [-10, 10],
      y: [-4, 4],
      names: ["weight a", "weight b"],
    },
    controls: () => [
      { key: "rate", label: "learning rate η", min: 0.01, max: 1, step: 0.01, value: 0.15 },
      { key: "momentum", label: "momentum μ", min: 0, max: 0.95, step: 0.05, value: 0.6 },
      { key: "t", label: "steps", min: 0, max: 60, step: 1, value: 30 },
    ],
    play: "t",
    numbers(v, data) {
      const points = path(v, data);
      const plain = path({ ...v, momentum: 0 }, data);
      const [excess, plain_excess] = [points, plain].map((one) => cost(one.at(-1), data));
      const limit = (2 * (1 + v.momentum)) / largest(data.hessian);
      const close = Math.abs(v.rate - limit) < 1e-9; // a slider's decimals are not exact
      const state = close ? "at the limit" : v.rate < limit ? "converges" : "diverges";
      return { points, plain, excess, plain_excess, limit, state };
    },
    shown: [
      { key: "plain_excess", label: "cost above the lowest, without momentum", series: 0 },
      { key: "excess", label: "with momentum", series: 1 },
      { key: "limit", label: "largest stable rate with momentum" },
      { key: "state", label: "this rate" },
    ],
    panels: ({ x, y, names }) => [{ x, y, xlabel: names[0], ylabel: names[1], equal: true }],
    draw([panel], v, n, data) {
      const half = data.hessian.map((row) => row.map((value) => value / 2));
      for (const part of [0.02, 0.1, 0.3, 0.6, 1, 2]) {
        const ring = lossbook.ellipse(half, data.bottom, part * cost(data.start, data));
        panel.line(ring, { series: "ink", width: 1, fade: 0.35, dash: "none" });
      }
      [n.plain, n.points].forEach((points, series) => {
        panel.line(points, { series, width: 1.8 });
        for (const point of points) panel.dot(...point, { series, size: 2.8 });
        panel.dot(...points.at(-1), { series });
      });
      panel.dot(...data.bottom, { series: 4 });
    },
  });
})();
