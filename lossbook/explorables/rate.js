/* One bowl, one learning rate: walk down it, step by step, or out of it. */
(() => {
  const CURVATURE = 2; // of w²

  function going(factor) {
    const f = Number(factor.toFixed(9)); // the decimals of a slider are not exact
    if (f === 0) return "there in one step";
    if (f === -1) return "back and forth for ever";
    return f > 0 ? "from one side" : f > -1 ? "from side to side" : "out of the bowl";
  }

  lossbook.figure("rate", {
    alt: "A bowl, and the path of gradient descent on it from a start on its left side",
    data: { start: -4 },
    controls: () => [
      { key: "rate", label: "learning rate η", min: 0.01, max: 1.1, step: 0.01, value: 0.3 },
      { key: "t", label: "steps", min: 0, max: 20, step: 1, value: 8 },
    ],
    play: "t",
    numbers({ rate, t }, { start }) {
      const factor = 1 - rate * CURVATURE;
      const path = Array.from({ length: t + 1 }, (_, step) => start * factor ** step);
      const w = path.at(-1);
      return { path, w, cost: w * w, factor, state: going(factor) };
    },
    shown: [
      { key: "factor", label: "each step multiplies w by 1 − ηc =" },
      { key: "w", label: "w" },
      { key: "cost", label: "cost" },
      { key: "state", label: "the walk goes" },
    ],
    panels: () => [{ x: [-8, 8], y: [0, 64], xlabel: "w", ylabel: "cost w²", height: 0.5 }],
    draw([panel], v, n) {
      panel.line((w) => w * w, { series: "ink", width: 1.2, dash: "none", fade: 0.6 });
      const points = n.path.map((w) => [w, w * w]);
      panel.line(points, { series: 1, width: 1.8 });
      panel.cloud(points, { series: 1, size: 3.5, fade: 1 });
      panel.dot(...points[0], { series: 3, hollow: true });
      panel.dot(n.w, n.cost, { series: 0 });
    },
  });
})();
