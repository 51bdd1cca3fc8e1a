/* How hard two losses push one logit towards its label. */
(() => {
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const push = (z, y) => y - sigmoid(z);
  const squared = (z, y) => 2 * push(z, y) * sigmoid(z) * sigmoid(-z);
  lossbook.figure("logit", {
    alt: "The push on the logit under cross-entropy and under squared error, marked at the logit chosen",
    controls: () => [
      { key: "z", label: "logit z", min: -8, max: 8, step: 0.1, value: -4 },
      { key: "y", label: "label y", choices: [1, 0], value: 1 },
    ],
    numbers: ({ z, y }) => ({
      p: sigmoid(z),
      cross_entropy: Math.max(z, 0) - y * z + Math.log1p(Math.exp(-Math.abs(z))),
      cross_entropy_push: push(z, y),
      squared: push(z, y) ** 2,
      squared_push: squared(z, y),
    }),
    shown: [
      { key: "p", label: "probability p" },
      { key: "cross_entropy", label: "cross-entropy", series: 0 },
      { key: "cross_entropy_push", label: "its push" },
      { key: "squared", label: "squared error", series: 1 },
      { key: "squared_push", label: "its push" },
    ],
    panels: () => [
      { x: [-8, 8], y: [-1.1, 1.1], xlabel: "logit z", ylabel: "push, minus the derivative by z" },
    ],
    draw([panel], { z, y }, n) {
      panel.segment(z, -1.1, z, 1.1, { series: "ink", width: 1, dash: "none", fade: 0.5 });
      panel.line((at) => push(at, y), { series: 0 });
      panel.line((at) => squared(at, y), { series: 1 });
      panel.dot(z, n.cross_entropy_push, { series: 0 });
      panel.dot(z, n.squared_push, { series: 1 });
    },
    drag: { x: "z" },
  });
})();
