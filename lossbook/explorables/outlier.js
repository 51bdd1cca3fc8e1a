/* One target dragged away: the line of least squares goes after it, the others let go. */
(() => {
  /* Weighted least squares; x is centred, which keeps the digits. */
  function squares(x, y, weights = x.map(() => 1)) {
    const total = weights.reduce((sum, w) => sum + w, 0);
    const [cx, cy] = [x, y].map(
      (values) => values.reduce((sum, value, i) => sum + weights[i] * value, 0) / total,
    );
    const over = x.reduce((sum, xi, i) => sum + weights[i] * (xi - cx) * (y[i] - cy), 0);
    const under = x.reduce((sum, xi, i) => sum + weights[i] * (xi - cx) ** 2, 0);
    return [over / under, cy - (over / under) * cx];
  }

  /* A line of least absolute error goes through two of the points: try every pair. */
  function absolute(x, y) {
    let best = [Infinity, 0, 0];
    for (let i = 0; i < x.length; i++) {
      for (let j = 0; j < i; j++) {
        if (x[i] === x[j]) continue;
        const slope = (y[i] - y[j]) / (x[i] - x[j]);
        const level = y[i] - slope * x[i];
        const sum = x.reduce((total, xk, k) => total + Math.abs(level + slope * xk - y[k]), 0);
        if (sum < best[0]) best = [sum, slope, level];
      }
    }
    return best.slice(1);
  }

  /* Huber's line: least squares again and again, with what is far off weighted down. */
  function huber(x, y, delta) {
    let line = absolute(x, y);
    for (let round = 0; round < 300; round++) {
      const weights = x.map((xi, i) =>
        Math.min(1, delta / Math.abs(line[1] + line[0] * xi - y[i])),
      );
      const next = squares(x, y, weights);
      if (next[0] === line[0] && next[1] === line[1]) break;
      line = next;
    }
    return line;
  }

  lossbook.figure("outlier", {
    alt: "Points and three straight lines fitted to them by squared, Huber and absolute loss; one point is dragged",
    data: {
      x: [1, 2, 3, 4, 5, 6, 7, 8],
      y: [1.2, 1.9, 3.2, 3.8, 5.1, 5.9, 7.2, 7.9],
      moved: 7,
      delta: 1,
      top: 20,
      names: ["x", "y"],
    },
    controls: ({ top }) => [
      {
        key: "target",
        label: "value of the marked point",
        min: 0,
        max: top,
        step: top / 200,
        value: 0.4 * top,
      },
    ],
    numbers({ target }, { x, y, moved, delta }) {
      const all = y.map((value, i) => (i === moved ? target : value));
      const lines = {
        squared: squares(x, all),
        huber: huber(x, all, delta),
        absolute: absolute(x, all),
      };
      const slopes = Object.fromEntries(
        Object.entries(lines).map(([name, line]) => [name, line[0]]),
      );
      return { lines, ...slopes };
    },
    shown: [
      { key: "squared", label: "squared error: slope", series: 0 },
      { key: "absolute", label: "absolute error: slope", series: 1 },
      { key: "huber", label: "Huber: slope", series: 2 },
    ],
    panels({ x, top, names }) {
      const [from, to] = [Math.min(...x), Math.max(...x)];
      const room = 0.05 * (to - from);
      return [
        {
          x: [from - room, to + room],
          y: [0, top],
          xlabel: names[0],
          ylabel: names[1],
          height: 0.58,
        },
      ];
    },
    draw([panel], { target }, n, { x, y, moved }) {
      panel.cloud(
        x.map((xi, i) => [xi, y[i]]).filter((_, i) => i !== moved),
        { series: "ink", size: 3.5 },
      );
      ["squared", "absolute", "huber"].forEach((name, series) => {
        const [slope, level] = n.lines[name];
        panel.line(
          panel.x.map((at) => [at, level + slope * at]),
          { series },
        );
      });
      panel.segment(x[moved], 0, x[moved], panel.y[1], {
        series: "ink",
        width: 1,
        fade: 0.4,
        dash: "2 3",
      });
      panel.dot(x[moved], target, { series: 3, size: 8 });
    },
    drag: { y: "target" },
  });
})();
