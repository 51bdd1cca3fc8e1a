/* One bowl, walks down it that differ in their learning rate alone: two to compare with, and yours. */
(() => {
  const CURVATURE = 2; // of w²
  const SERIES = [0, 2]; // of the walks to compare with; yours is 1

  function going(factor) {
    const f = Number(factor.toFixed(9)); // the decimals of a slider are not exact
    if (f === 0) return "there in one step";
    if (f === -1) return "back and forth for ever";
    return f > 0 ? "from one side" : f > -1 ? "from side to side" : "out of the bowl";
  }

  const walk = (rate, steps, start) =>
    Array.from({ length: steps + 1 }, (_, step) => start * (1 - rate * CURVATURE) ** step);

  lossbook.figure("rate", {
    alt: "A bowl, and three paths of gradient descent on it from a start on its left side",
    data: { start: -4, small: 0.03, good: 0.3 },
    controls: () => [
      { key: "rate", label: "your learning rate η", min: 0.01, max: 1.1, step: 0.01, value: 1.05 },
      { key: "t", label: "steps", min: 0, max: 20, step: 1, value: 8 },
    ],
    play: "t",
    numbers({ rate, t }, { start, small, good }) {
      const paths = [small, good, rate].map((one) => walk(one, t, start));
      const [at_small, at_good, w] = paths.map((path) => path.at(-1));
      const factor = 1 - rate * CURVATURE;
      return { paths, at_small, at_good, w, cost: w * w, factor, state: going(factor) };
    },
    shown: ({ small, good }) => [
      { key: "at_small", label: `η = ${small}: w`, series: SERIES[0] },
      { key: "at_good", label: `η = ${good}: w`, series: SERIES[1] },
      { key: "w", label: "your η: w", series: 1 },
      { key: "cost", label: "your cost" },
      { key: "factor", label: "your steps multiply w by" },
      { key: "state", label: "your walk goes" },
    ],
    panels: () => [{ x: [-9, 9], y: [0, 80], xlabel: "w", ylabel: "cost w²", height: 0.55 }],
    draw([panel], v, n) {
      panel.line((w) => w * w, { series: "ink", width: 1.2, dash: "none", fade: 0.6 });
      n.paths.forEach((path, i) => {
        const series = SERIES[i] ?? 1;
        const points = path.map((w) => [w, w * w]);
        panel.line(points, { series, width: 1.8 });
        for (const point of points) panel.dot(...point, { series, size: 3.5 });
      });
      panel.dot(n.paths[0][0], n.paths[0][0] ** 2, { series: 3, hollow: true });
      panel.dot(n.w, n.cost, { series: 1 });
    },
  });
})();
