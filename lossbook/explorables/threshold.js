/* What decisions cost: a probability becomes an alarm at a threshold, and a miss is dearer. */
(() => {
  lossbook.figure("threshold", {
    alt: "The cost of decisions over the threshold for models trained by different losses",
    data: {
      thresholds: [0, 0.25, 0.5, 0.75, 1],
      misses: { "cross-entropy": [0, 0.01, 0.02, 0.05, 0.1] },
      alarms: { "cross-entropy": [0.9, 0.1, 0.03, 0.01, 0] },
      share: 0.1, // of the cases, how many should raise an alarm
    },
    controls: () => [
      { key: "ratio", label: "a miss costs", min: 1, max: 50, step: 1, value: 10 },
      { key: "threshold", label: "threshold", min: 0.01, max: 0.9, step: 0.005, value: 0.09 },
    ],
    numbers({ ratio, threshold }, { thresholds, misses, alarms, share }) {
      const distance = thresholds.map((t) => Math.abs(t - threshold));
      const nearest = distance.indexOf(Math.min(...distance));
      const costs = Object.keys(misses).map((name) =>
        misses[name].map((miss, i) => ratio * miss + alarms[name][i]),
      );
      const at = Object.fromEntries(
        costs.map((curve, series) => [`cost${series}`, curve[nearest]]),
      );
      // Without looking, one may raise the alarm always, or never.
      const blind = Math.min(ratio * share, 1 - share);
      return { costs, blind, implied: 1 / (1 + ratio), used: thresholds[nearest], ...at };
    },
    shown: [
      { key: "implied", label: "threshold that the costs imply" },
      { key: "blind", label: "cost a case: without looking" },
      { key: "cost0", label: "cross-entropy", series: 0 },
      { key: "cost1", label: "weighted", series: 1 },
      { key: "cost2", label: "focal", series: 2 },
      { key: "cost3", label: "smoothed", series: 3 },
    ],
    panels: () => [
      {
        x: [0, 0.9],
        y: [0, 1.2],
        xlabel: "threshold on the probability",
        ylabel: "cost a case (deciding without looking = 1)",
        height: 0.55,
      },
    ],
    draw([panel], v, n, { thresholds }) {
      panel.segment(n.implied, 0, n.implied, 1.2, {
        series: "ink",
        width: 1.5,
        dash: "2 3",
        fade: 0.7,
      });
      panel.segment(n.used, 0, n.used, 1.2, { series: "ink", width: 1, dash: "none", fade: 0.5 });
      n.costs.forEach((curve, series) => {
        panel.line(
          curve.map((cost, i) => [thresholds[i], cost / n.blind]),
          { series },
        );
        panel.dot(n.used, n[`cost${series}`] / n.blind, { series });
      });
    },
    drag: { x: "threshold" },
  });
})();
