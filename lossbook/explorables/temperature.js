/* Three scores, a temperature, and the distribution that softmax makes of them. */
(() => {
  const entropy = (p) => p.reduce((sum, pk) => sum - (pk > 0 ? pk * Math.log(pk) : 0), 0);
  lossbook.figure("temperature", {
    alt: "Three bars: the probabilities of three classes after softmax at the temperature chosen",
    data: { scores: [3, 1, 0] },
    controls: () => [
      { key: "T", label: "temperature T", min: 0.1, max: 30, step: 0.01, value: 1, log: true },
      { key: "z1", label: "score 1", min: -5, max: 5, step: 0.1, value: 3 },
      { key: "z2", label: "score 2", min: -5, max: 5, step: 0.1, value: 1 },
      { key: "z3", label: "score 3", min: -5, max: 5, step: 0.1, value: 0 },
      { key: "truth", label: "true class", choices: [1, 2, 3], value: 1 },
    ],
    numbers({ T, z1, z2, z3, truth }) {
      const z = [z1, z2, z3].map((score) => score / T);
      const top = Math.max(...z);
      const total = z.reduce((sum, score) => sum + Math.exp(score - top), 0);
      const p = z.map((score) => Math.exp(score - top) / total);
      return {
        p1: p[0],
        p2: p[1],
        p3: p[2],
        entropy: entropy(p),
        loss: top + Math.log(total) - z[truth - 1],
      };
    },
    shown: [
      { key: "p1", label: "p₁" },
      { key: "p2", label: "p₂" },
      { key: "p3", label: "p₃" },
      { key: "entropy", label: "entropy of p" },
      { key: "loss", label: "cross-entropy of the true class" },
    ],
    panels: () => [
      {
        x: [0.4, 3.6],
        y: [0, 1],
        xticks: [1, 2, 3].map((k) => [k, `class ${k}`]),
        ylabel: "probability",
        height: 0.45,
      },
    ],
    draw([panel], { truth }, n) {
      [n.p1, n.p2, n.p3].forEach((p, i) => {
        const [left, right] = [i + 0.7, i + 1.3];
        const series = i + 1 === truth ? 1 : 0;
        const bar = [
          [left, 0],
          [left, p],
          [right, p],
          [right, 0],
        ];
        panel.line(bar, { series, closed: true, fill: "own", dash: "none" });
        panel.dot(i + 1, p, { series });
      });
    },
  });
})();
