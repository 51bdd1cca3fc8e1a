/* Three scores, a temperature, and the distributions that softmax makes of them. */
(() => {
  const COLDEST = 0.1;
  const HOTTEST = 30;
  const EXPONENTS = Array.from({ length: 121 }, (_, i) => {
    const [from, to] = [COLDEST, HOTTEST].map(Math.log10);
    return from + ((to - from) * i) / 120;
  });
  const entropy = (p) => p.reduce((sum, pk) => sum - (pk > 0 ? pk * Math.log(pk) : 0), 0);

  /* The probabilities, and the logarithm of what they are divided by. */
  function softmax(scores, T) {
    const z = scores.map((score) => score / T);
    const top = Math.max(...z);
    const total = z.reduce((sum, score) => sum + Math.exp(score - top), 0);
    return { p: z.map((score) => Math.exp(score - top) / total), log: top + Math.log(total) };
  }

  lossbook.figure("temperature", {
    alt: "The probabilities of three classes after softmax: as curves over all temperatures, and as bars at the one chosen",
    data: { scores: [2, 1, -1] },
    controls: ({ scores }) => [
      {
        key: "T",
        label: "temperature T",
        min: COLDEST,
        max: HOTTEST,
        step: 0.01,
        value: 1,
        log: true,
      },
      ...scores.map((value, k) => ({
        key: `z${k + 1}`,
        label: `score ${k + 1}`,
        min: -5,
        max: 5,
        step: 0.1,
        value,
      })),
      { key: "truth", label: "true class", choices: [1, 2, 3], value: 1 },
    ],
    numbers({ T, z1, z2, z3, truth }) {
      const scores = [z1, z2, z3];
      const { p, log } = softmax(scores, T);
      return {
        curves: scores.map((_, k) => EXPONENTS.map((x) => [x, softmax(scores, 10 ** x).p[k]])),
        p1: p[0],
        p2: p[1],
        p3: p[2],
        entropy: entropy(p),
        loss: log - scores[truth - 1] / T,
      };
    },
    shown: [
      { key: "p1", label: "p₁", series: 0 },
      { key: "p2", label: "p₂", series: 1 },
      { key: "p3", label: "p₃", series: 2 },
      { key: "entropy", label: "entropy of p" },
      { key: "loss", label: "cross-entropy of the true class (filled)" },
    ],
    panels: () => [
      {
        x: [COLDEST, HOTTEST].map(Math.log10),
        y: [0, 1],
        xticks: [0.1, 1, 10].map((T) => [Math.log10(T), String(T)]),
        xlabel: "temperature T",
        ylabel: "probability",
      },
      {
        x: [0.4, 3.6],
        y: [0, 1],
        xticks: [1, 2, 3].map((k) => [k, `class ${k}`]),
        ylabel: "probability at T",
      },
    ],
    draw([all, one], { T, truth }, n) {
      const at = Math.log10(T);
      all.segment(at, 0, at, 1, { series: "ink", width: 1, fade: 0.4, dash: "2 3" });
      [n.p1, n.p2, n.p3].forEach((p, series) => {
        all.line(n.curves[series], { series });
        all.dot(at, p, { series });
        const [left, right] = [series + 0.7, series + 1.3];
        const bar = [
          [left, 0],
          [left, p],
          [right, p],
          [right, 0],
        ];
        const fill = series + 1 === truth ? "own" : "none";
        one.line(bar, { series, closed: true, fill, dash: "none" });
        one.dot(series + 1, p, { series });
      });
    },
  });
})();
