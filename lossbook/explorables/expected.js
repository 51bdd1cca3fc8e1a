/* Something happens with probability pi: what each answer costs on average, by three losses. */
(() => {
  const losses = [
    (y, p) => (y ? -Math.log(p) : -Math.log1p(-p)),
    (y, p) => (p - y) ** 2,
    (y, p) => Math.abs(p - y),
  ];
  const expected = (loss, pi, p) => pi * loss(1, p) + (1 - pi) * loss(0, p);
  const part = (p) => (p > 0 ? -p * Math.log(p) : 0);
  lossbook.figure("expected", {
    alt: "The expected loss of each answer under three losses, with a mark where each is lowest",
    controls: () => [
      { key: "pi", label: "true probability π", min: 0.02, max: 0.98, step: 0.01, value: 0.7 },
    ],
    numbers: ({ pi }) => ({
      cross_entropy: pi,
      cross_entropy_cost: part(pi) + part(1 - pi),
      squared: pi,
      squared_cost: pi * (1 - pi),
      absolute: pi > 0.5 ? 1 : pi < 0.5 ? 0 : "any",
      absolute_cost: Math.min(pi, 1 - pi),
    }),
    shown: [
      { key: "cross_entropy", label: "cross-entropy: best answer", series: 0 },
      { key: "cross_entropy_cost", label: "at a cost of" },
      { key: "squared", label: "squared error: best answer", series: 1 },
      { key: "squared_cost", label: "at a cost of" },
      { key: "absolute", label: "absolute error: best answer", series: 2 },
      { key: "absolute_cost", label: "at a cost of" },
    ],
    panels: () => [
      { x: [0, 1], y: [0, 1.5], xlabel: "answer", ylabel: "expected loss", height: 0.55 },
    ],
    draw([panel], { pi }, n) {
      panel.segment(pi, 0, pi, 1.5, { series: "ink", width: 1, dash: "none", fade: 0.5 });
      losses.forEach((loss, series) => panel.line((p) => expected(loss, pi, p), { series }));
      panel.dot(n.cross_entropy, n.cross_entropy_cost, { series: 0 });
      panel.dot(n.squared, n.squared_cost, { series: 1 });
      panel.dot(n.absolute, n.absolute_cost, { series: 2 });
    },
    drag: { x: "pi" },
  });
})();
