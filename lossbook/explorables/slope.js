/* A line through the middle of the data: turn it, and its loss moves along a bowl. */
(() => {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  function loss(a, { x, y }) {
    const [cx, cy] = [mean(x), mean(y)];
    return mean(x.map((xi, i) => (cy + a * (xi - cx) - y[i]) ** 2));
  }

  /* From flat and the wrong way to twice the best slope, with some room. */
  function span({ x, y }) {
    const [cx, cy] = [mean(x), mean(y)];
    const over = mean(x.map((xi, i) => (xi - cx) * (y[i] - cy)));
    const best = over / mean(x.map((xi) => (xi - cx) ** 2));
    const step = 10 ** Math.floor(Math.log10(Math.abs(best) / 50)); // a reading of few digits
    return [-1, 1].map((side) => step * Math.round((best + side * 1.2 * Math.abs(best)) / step));
  }

  lossbook.figure("slope", {
    alt: "Left, points and a line with strokes for its residuals; right, the loss against the slope",
    data: { x: [1, 2, 3, 4, 5], y: [1.2, 1.9, 3.2, 3.8, 5.1], names: ["x", "y"] },
    controls(data) {
      const [min, max] = span(data);
      const step = 10 ** Math.floor(Math.log10((max - min) / 100));
      return [{ key: "slope", label: "slope", min, max, step, value: min + 40 * step }];
    },
    numbers({ slope }, { x, y }) {
      const [cx, cy] = [mean(x), mean(y)];
      const residuals = x.map((xi, i) => cy + slope * (xi - cx) - y[i]);
      return {
        loss: mean(residuals.map((r) => r * r)),
        gradient: 2 * mean(residuals.map((r, i) => r * (x[i] - cx))),
      };
    },
    shown: [
      { key: "loss", label: "loss" },
      { key: "gradient", label: "derivative of the loss" },
    ],
    panels(data) {
      const { x, y, names } = data;
      const [from, to] = span(data);
      const highest = Math.max(loss(from, data), loss(to, data));
      const [left, right, top] = [Math.min(...x), Math.max(...x), Math.max(...y)];
      const room = 0.04 * (right - left);
      return [
        {
          x: [left - room, right + room],
          y: [0, 1.04 * top],
          xlabel: names[0],
          ylabel: names[1],
          height: 0.85,
        },
        { x: [from, to], y: [0, 1.05 * highest], xlabel: "slope", ylabel: "loss", height: 0.85 },
      ];
    },
    draw([people, bowl], { slope }, n, data) {
      const { x, y } = data;
      const [cx, cy] = [mean(x), mean(y)];
      const guess = (xi) => cy + slope * (xi - cx);
      const every = Math.ceil(x.length / 40); // strokes for a few, or nobody sees them
      x.forEach((xi, i) => {
        if (i % every === 0)
          people.segment(xi, y[i], xi, guess(xi), { series: 1, width: 1.2, dash: "none" });
      });
      people.cloud(
        x.map((xi, i) => [xi, y[i]]),
        { series: "ink", fade: 0.35 },
      );
      people.line(
        [cx, ...people.x].sort((a, b) => a - b).map((xi) => [xi, guess(xi)]),
        { series: 0 },
      );
      bowl.line((a) => loss(a, data), { series: 0, width: 1.8 });
      const reach = (bowl.x[1] - bowl.x[0]) / 8;
      const tangent = [-reach, reach].map((step) => [slope + step, n.loss + step * n.gradient]);
      bowl.line(tangent, { series: 2, width: 1.8 });
      bowl.dot(slope, n.loss, { series: 1 });
    },
    drag: { panel: 1, x: "slope" },
  });
})();
