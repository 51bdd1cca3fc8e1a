/* One residual, priced by four losses; delta says where Huber's square becomes straight. */
(() => {
  const square = (r) => r * r;
  const huber = (r, delta) =>
    Math.abs(r) <= delta ? (r * r) / 2 : delta * (Math.abs(r) - delta / 2);
  const quantile = (r, q) => Math.max(-q * r, (1 - q) * r);
  lossbook.figure("residual", {
    alt: "Squared, absolute, Huber and quantile loss against the residual, each marked at the one chosen",
    controls: () => [
      { key: "r", label: "residual r", min: -4, max: 4, step: 0.05, value: 2.5 },
      { key: "delta", label: "Huber's δ", min: 0.1, max: 3, step: 0.05, value: 1 },
      { key: "q", label: "quantile q", min: 0.05, max: 0.95, step: 0.05, value: 0.9 },
    ],
    numbers: ({ r, delta, q }) => ({
      squared: square(r),
      absolute: Math.abs(r),
      huber: huber(r, delta),
      quantile: quantile(r, q),
      squared_pull: 2 * r,
      absolute_pull: Math.sign(r),
      huber_pull: Math.min(Math.max(r, -delta), delta),
      quantile_pull: r > 0 ? 1 - q : r < 0 ? -q : 0,
    }),
    shown: [
      { key: "squared", label: "squared", series: 0 },
      { key: "squared_pull", label: "slope of squared" },
      { key: "absolute", label: "absolute", series: 1 },
      { key: "absolute_pull", label: "slope of absolute" },
      { key: "huber", label: "Huber", series: 2 },
      { key: "huber_pull", label: "slope of Huber" },
      { key: "quantile", label: "quantile", series: 3 },
      { key: "quantile_pull", label: "slope of quantile" },
    ],
    panels: () => [{ x: [-4, 4], y: [0, 8], xlabel: "residual r", ylabel: "loss", height: 0.55 }],
    draw([panel], { r, delta, q }, n) {
      panel.segment(r, 0, r, 8, { series: "ink", width: 1, dash: "none", fade: 0.5 });
      const curves = [square, Math.abs, (x) => huber(x, delta), (x) => quantile(x, q)];
      curves.forEach((curve, series) => panel.line(curve, { series }));
      ["squared", "absolute", "huber", "quantile"].forEach((key, series) =>
        panel.dot(r, n[key], { series }),
      );
    },
    drag: { x: "r" },
  });
})();
