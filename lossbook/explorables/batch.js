/* Two hundred mini-batches of one size: where their gradients fall around the exact one. */
(() => {
  const BATCHES = 200;

  /* A small generator of pseudo-random numbers in [0, 1), the same for every reader (mulberry32). */
  function generator(seed) {
    return () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  const mean = (rows) =>
    [0, 1].map((k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
  const spread = (rows, [a, b]) =>
    rows.reduce((sum, row) => sum + (row[0] - a) ** 2 + (row[1] - b) ** 2, 0) / rows.length;

  /* The first B of a shuffle, or B independent draws. */
  function draws(rows, size, again, random) {
    const order = rows.map((_, i) => i);
    const chosen = [];
    for (let i = 0; i < size; i++) {
      const j = again
        ? Math.floor(random() * rows.length)
        : i + Math.floor(random() * (rows.length - i));
      if (!again) [order[i], order[j]] = [order[j], order[i]];
      chosen.push(rows[again ? j : order[i]]);
    }
    return chosen;
  }

  lossbook.figure("batch", {
    alt: "A cloud of mini-batch gradients around the gradient of all rows, with a ring at their typical distance",
    data: {
      gradients: [
        [2, 0],
        [-1, 1],
        [0, -2],
        [1, 1],
        [-2, 0.5],
        [3, -0.5],
      ],
      names: ["first weight", "second weight"],
    },
    controls: ({ gradients }) => [
      {
        key: "size",
        label: "batch size B",
        min: 1,
        max: gradients.length,
        step: 0.01,
        value: 8,
        log: true,
        whole: true,
      },
      {
        key: "drawn",
        label: "rows drawn",
        choices: ["without replacement", "with replacement"],
        value: "without replacement",
      },
    ],
    numbers({ size, drawn }, { gradients }) {
      const n = gradients.length;
      const again = drawn === "with replacement";
      const centre = mean(gradients);
      const random = generator(1);
      const cloud = Array.from({ length: BATCHES }, () =>
        mean(draws(gradients, size, again, random)),
      );
      const left = again ? 1 : (n - size) / (n - 1);
      return {
        cloud,
        centre,
        noise: Math.sqrt((spread(gradients, centre) / size) * left),
        measured: Math.sqrt(spread(cloud, centre)),
        exact: Math.hypot(...centre),
      };
    },
    shown: [
      { key: "noise", label: "typical distance, by the formula" },
      { key: "measured", label: "measured" },
      { key: "exact", label: "length of the exact gradient" },
    ],
    panels({ gradients, names }) {
      const [a, b] = mean(gradients);
      const reach = 1.5 * Math.sqrt(spread(gradients, [a, b]));
      const [x, y] = [
        [a - reach, a + reach],
        [b - reach, b + reach],
      ];
      return [
        {
          x,
          y,
          xlabel: `derivative by the ${names[0]}`,
          ylabel: `derivative by the ${names[1]}`,
          equal: true,
        },
      ];
    },
    draw([panel], v, n) {
      panel.origin();
      panel.cloud(n.cloud, { series: 0, size: 3 });
      panel.line(lossbook.circle(n.centre, n.noise), { series: 2, width: 1.8 });
      panel.segment(0, 0, ...n.centre, { series: 1, dash: "none" });
      panel.dot(...n.centre, { series: 1 });
    },
  });
})();
