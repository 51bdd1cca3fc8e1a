/* One number for everybody: the quantile loss decides how many should lie below it. */
(() => {
  const loss = (q, c, y) =>
    y.reduce((sum, yi) => sum + Math.max(q * (yi - c), (1 - q) * (c - yi)), 0) / y.length;
  lossbook.figure("quantile", {
    alt: "Left, how the values are spread, with the best single number; right, the quantile loss of every number",
    data: { y: [1, 2, 2, 3, 3, 3, 4, 5, 7, 12], name: "value" },
    controls: () => [
      { key: "q", label: "quantile q", min: 0.02, max: 0.98, step: 0.01, value: 0.5 },
    ],
    numbers({ q }, { y }) {
      const sorted = [...y].sort((a, b) => a - b);
      const best = sorted[Math.max(Math.ceil(q * y.length - 1e-9) - 1, 0)]; // the least of the best
      const below = sorted.filter((yi) => yi <= best).length / y.length;
      return { best, below, loss: loss(q, best, y) };
    },
    shown: [
      { key: "best", label: "best number" },
      { key: "below", label: "share not above it" },
      { key: "loss", label: "mean loss" },
    ],
    panels({ y, name }) {
      const x = [Math.min(...y), Math.max(...y)];
      const highest = 0.3 * (x[1] - x[0]);
      return [
        { x, y: [0, 1], xlabel: name, ylabel: "share of the values not above", height: 0.8 },
        {
          x,
          y: [0, highest],
          xlabel: "the number given to everybody",
          ylabel: "mean quantile loss",
          height: 0.8,
        },
      ];
    },
    draw([share, bowl], { q }, n, { y }) {
      const sorted = [...y].sort((a, b) => a - b);
      share.line(
        sorted.flatMap((yi, i) => [
          [yi, i / y.length],
          [yi, (i + 1) / y.length],
        ]),
        { series: 0 },
      );
      share.segment(share.x[0], q, n.best, q, { series: 1, width: 1.5 });
      share.segment(n.best, q, n.best, 0, { series: 1, width: 1.5 });
      share.dot(n.best, q, { series: 1 });
      bowl.line((c) => loss(q, c, y), { series: 0 });
      bowl.dot(n.best, n.loss, { series: 1 });
    },
    drag: { y: "q" },
  });
})();
