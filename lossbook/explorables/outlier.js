/* One target dragged away: the line of least squares goes after it, those of the others hardly. */
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

  /* Least squares again and again, with what is far off weighted down. */
  function reweighted(x, y, weigh) {
    let line = absolute(x, y);
    for (let round = 0; round < 300; round++) {
      const weights = x.map((xi, i) => weigh(Math.abs(line[1] + line[0] * xi - y[i])));
      const next = squares(x, y, weights);
      if (next[0] === line[0] && next[1] === line[1]) break;
      line = next;
    }
    return line;
  }

  /* For each loss its line; delta is Huber's, and the unit of log-cosh. */
  const FITS = {
    squared: (x, y) => squares(x, y),
    absolute,
    huber: (x, y, delta) => reweighted(x, y, (off) => Math.min(1, delta / off)),
    log_cosh: (x, y, delta) =>
      reweighted(x, y, (off) => (off > 0 ? Math.tanh(off / delta) / (off / delta) : 1)),
  };
  const LABELS = {
    squared: "squared error",
    absolute: "absolute error",
    huber: "Huber",
    log_cosh: "log-cosh",
  };

  /* The lines where the marked point has the value given, and their slopes. */
  function fit(target, { x, y, moved, delta, losses }) {
    const all = y.map((own, i) => (i === moved ? target : own));
    const lines = Object.fromEntries(losses.map((name) => [name, FITS[name](x, all, delta)]));
    return { lines, slopes: Object.fromEntries(losses.map((name) => [name, lines[name][0]])) };
  }

  lossbook.figure("outlier", {
    alt: "Points and a straight line fitted to them by each of several losses; one point is dragged",
    data: {
      x: [1, 2, 3, 4, 5, 6, 7, 8],
      y: [1.2, 1.9, 3.2, 3.8, 5.1, 5.9, 7.2, 7.9],
      moved: 7,
      delta: 1,
      top: 20,
      step: 0, // of the slider; 0 for two hundred of them
      names: ["x", "y"],
      losses: ["squared", "absolute", "huber"],
      slopes: "", // the name of a slope: a second panel shows all slopes for each target
    },
    controls: ({ top, step }) => [
      {
        key: "target",
        label: "value of the marked point",
        min: 0,
        max: top,
        step: step || top / 200,
        value: 0.4 * top,
      },
    ],
    numbers({ target }, data) {
      const { lines, slopes } = fit(target, data);
      const values = data.slopes ? Array.from({ length: 31 }, (_, i) => (i * data.top) / 30) : [];
      const sweep = values.map((value) => ({ target: value, ...fit(value, data).slopes }));
      return { lines, ...slopes, sweep };
    },
    shown: ({ losses }) =>
      losses.map((name, series) => ({ key: name, label: `${LABELS[name]}: slope`, series })),
    panels(data) {
      const { x, top, names, slopes } = data;
      const [from, to] = [Math.min(...x), Math.max(...x)];
      const room = 0.05 * (to - from);
      const points = {
        x: [from - room, to + room],
        y: [0, top],
        xlabel: names[0],
        ylabel: names[1],
        height: 0.58,
      };
      if (!slopes) return [points];
      const ends = [0, top].flatMap((target) => Object.values(fit(target, data).slopes));
      const sweep = {
        x: [0, 1.03 * top],
        y: [Math.min(0, ...ends), 1.05 * Math.max(...ends)],
        xlabel: `${names[1]} of the marked point`,
        ylabel: slopes,
        height: 0.58,
      };
      return [points, sweep];
    },
    draw([panel, sweep], { target }, n, { x, y, moved, losses }) {
      panel.cloud(
        x.map((xi, i) => [xi, y[i]]).filter((_, i) => i !== moved),
        { series: "ink", size: 3.5 },
      );
      losses.forEach((name, series) => {
        const [slope, level] = n.lines[name];
        panel.line(
          panel.x.map((at) => [at, level + slope * at]),
          { series },
        );
      });
      const thin = { series: "ink", width: 1, fade: 0.4, dash: "2 3" };
      panel.segment(x[moved], 0, x[moved], panel.y[1], thin);
      panel.dot(x[moved], target, { series: losses.length, size: 8 }); // a mark that no line has
      if (!sweep) return;
      sweep.segment(target, sweep.y[0], target, sweep.y[1], thin);
      losses.forEach((name, series) => {
        sweep.line(
          n.sweep.map((one) => [one.target, one[name]]),
          { series },
        );
        sweep.dot(target, n[name], { series });
      });
    },
    drag: { y: "target" },
  });
})();
