/* One residual, priced by five losses; delta says where Huber's square becomes straight. */
(() => {
  const curves = {
    squared: (r) => r * r,
    absolute: (r) => Math.abs(r),
    huber: (r, { delta }) =>
      Math.abs(r) <= delta ? (r * r) / 2 : delta * (Math.abs(r) - delta / 2),
    // log((exp(r) + exp(-r)) / 2), without the exponential that overflows
    log_cosh: (r) => Math.abs(r) + Math.log1p(Math.exp(-2 * Math.abs(r))) - Math.LN2,
    quantile: (r, { q }) => Math.max(-q * r, (1 - q) * r),
  };
  const slopes = {
    squared: (r) => 2 * r,
    absolute: (r) => Math.sign(r),
    huber: (r, { delta }) => Math.min(Math.max(r, -delta), delta),
    log_cosh: (r) => Math.tanh(r),
    quantile: (r, { q }) => (r > 0 ? 1 - q : r < 0 ? -q : 0),
  };
  const names = {
    squared: "squared",
    absolute: "absolute",
    huber: "Huber",
    log_cosh: "log-cosh",
    quantile: "quantile",
  };

  lossbook.figure("residual", {
    alt: "Five losses against the residual, each marked at the residual chosen",
    controls: () => [
      { key: "r", label: "residual r", min: -4, max: 4, step: 0.05, value: 2.5 },
      { key: "delta", label: "Huber's δ", min: 0.1, max: 3, step: 0.05, value: 1 },
      { key: "q", label: "quantile q", min: 0.05, max: 0.95, step: 0.05, value: 0.9 },
    ],
    numbers(v) {
      const entries = Object.keys(names).flatMap((name) => [
        [name, curves[name](v.r, v)],
        [`${name}_slope`, slopes[name](v.r, v)],
      ]);
      return Object.fromEntries(entries);
    },
    shown: Object.entries(names).flatMap(([key, label], series) => [
      { key, label, series },
      { key: `${key}_slope`, label: "its slope" },
    ]),
    panels: () => [
      {
        x: [-4, 4],
        y: [0, 7],
        xlabel: "residual, prediction minus target",
        ylabel: "loss",
        height: 0.55,
      },
    ],
    draw([panel], v, n) {
      panel.segment(v.r, 0, v.r, 7, { series: "ink", width: 1, dash: "none", fade: 0.5 });
      Object.keys(names).forEach((name, series) => {
        panel.line((r) => curves[name](r, v), { series });
        panel.dot(v.r, n[name], { series });
      });
    },
    drag: { x: "r" },
  });
})();
