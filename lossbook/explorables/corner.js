/* Two weights under an L1 and under an L2 penalty: the diamond, the disc, and where cost touches. */
(() => {
  const shrink = (value, by) => Math.sign(value) * Math.max(Math.abs(value) - by, 0);

  /* The least of cost + λ (|a| + |b|), one weight after the other until neither moves. */
  function lasso({ gram: [[g11, g12], [, g22]], centre: [c1, c2] }, lam) {
    let [a, b] = [0, 0];
    for (let round = 0; round < 500; round++) {
      const [before1, before2] = [a, b];
      a = shrink(g11 * c1 + g12 * (c2 - b), lam / 2) / g11;
      b = shrink(g22 * c2 + g12 * (c1 - a), lam / 2) / g22;
      if (a === before1 && b === before2) break;
    }
    return [a, b];
  }

  /* The least of cost + λ/2 (a² + b²): two linear equations. */
  function ridge({ gram: [[g11, g12], [, g22]], centre: [c1, c2] }, lam) {
    const [d1, d2] = [g11 + lam / 2, g22 + lam / 2];
    const [r1, r2] = [g11 * c1 + g12 * c2, g12 * c1 + g22 * c2];
    const determinant = d1 * d2 - g12 * g12;
    return [(d2 * r1 - g12 * r2) / determinant, (d1 * r2 - g12 * r1) / determinant];
  }

  lossbook.figure("corner", {
    alt: "Lines of equal cost around the least-squares weights, with the diamond of L1 and the disc of L2",
    data: {
      gram: [
        [1, 0.4],
        [0.4, 1],
      ],
      centre: [40, 15],
      x: [-30, 60],
      y: [-30, 50],
      names: ["weight a", "weight b"],
    },
    controls: () => [
      { key: "l1", label: "λ of L1", min: 0, max: 120, step: 1, value: 40 },
      { key: "l2", label: "λ of L2", min: 0.01, max: 100, step: 0.02, value: 1, log: true },
    ],
    numbers(v, data) {
      const [lasso1, lasso2] = lasso(data, v.l1);
      const [ridge1, ridge2] = ridge(data, v.l2);
      return { lasso1, lasso2, ridge1, ridge2 };
    },
    shown: [
      { key: "lasso1", label: "L1: first weight", series: 1 },
      { key: "lasso2", label: "L1: second weight" },
      { key: "ridge1", label: "L2: first weight", series: 2 },
      { key: "ridge2", label: "L2: second weight" },
    ],
    panels: ({ x, y, names }) =>
      ["L1", "L2"].map((name) => ({
        x,
        y,
        xlabel: names[0],
        ylabel: `${name}: ${names[1]}`,
        height: 0.95,
        equal: true,
      })),
    draw([diamond, disc], v, n, data) {
      const [l1, l2] = [
        [n.lasso1, n.lasso2],
        [n.ridge1, n.ridge2],
      ];
      const r1 = Math.abs(l1[0]) + Math.abs(l1[1]);
      const r2 = Math.hypot(...l2);
      diamond.line(
        [
          [r1, 0],
          [0, r1],
          [-r1, 0],
          [0, -r1],
        ],
        { series: 1, closed: true, fill: "own", width: 1.5 },
      );
      disc.line(lossbook.circle([0, 0], r2), { series: 2, closed: true, fill: "own", width: 1.5 });
      for (const [panel, w, series] of [
        [diamond, l1, 1],
        [disc, l2, 2],
      ]) {
        panel.origin();
        const touching = lossbook.quadratic(data.gram, data.centre, w);
        for (const height of [
          touching,
          ...[100, 400, 1200, 2500].filter((h) => Math.abs(h - touching) > 60),
        ]) {
          const weight = height === touching ? { width: 2, fade: 0.9 } : { width: 1, fade: 0.3 };
          panel.line(lossbook.ellipse(data.gram, data.centre, height), {
            series: "ink",
            dash: "none",
            ...weight,
          });
        }
        panel.dot(...data.centre, { series: 3, hollow: true });
        panel.dot(...w, { series });
      }
    },
  });
})();
