/* One residual, priced by three losses; Huber's delta says where square becomes straight. */
(() => {
  const square = (r) => r * r;
  const absolute = (r) => Math.abs(r);
  const huber = (r, delta) => (Math.abs(r) <= delta ? (r * r) / 2 : delta * (Math.abs(r) - delta / 2));
  lossbook.figure("residual", {
    alt: "Squared, absolute and Huber loss against the residual, with a mark on each at the residual chosen",
    controls: [
      { key: "r", label: "residual r", min: -4, max: 4, step: 0.05, value: 2.5 },
      { key: "delta", label: "Huber's δ", min: 0.1, max: 3, step: 0.05, value: 1 },
    ],
    numbers: ({ r, delta }) => ({
      mse: square(r),
      mae: absolute(r),
      huber: huber(r, delta),
      mse_slope: 2 * r,
      mae_slope: Math.sign(r),
      huber_slope: Math.min(Math.max(r, -delta), delta),
    }),
    shown: [
      { key: "mse", label: "squared", series: 0 },
      { key: "mse_slope", label: "its slope" },
      { key: "mae", label: "absolute", series: 1 },
      { key: "mae_slope", label: "its slope" },
      { key: "huber", label: "Huber", series: 2 },
      { key: "huber_slope", label: "its slope" },
    ],
    panels: () => [{ x: [-4, 4], y: [0, 8], xlabel: "residual r", ylabel: "loss", height: 0.55 }],
    draw([panel], { r, delta }, n) {
      panel.line(square, { series: 0 });
      panel.line(absolute, { series: 1 });
      panel.line((x) => huber(x, delta), { series: 2 });
      panel.segment(r, 0, r, 8, { series: "ink", width: 1, dash: "none", fade: 0.5 });
      panel.dot(r, n.mse, { series: 0 });
      panel.dot(r, n.mae, { series: 1 });
      panel.dot(r, n.huber, { series: 2 });
    },
    drag: { x: "r" },
  });
})();
