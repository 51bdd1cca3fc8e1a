// How Sphinx ranks what a search finds: a page whose title has the words searched for comes first.
var Scorer = {
  score: ([, title, anchor, , score]) => {
    if (anchor) return score;
    const query = new URLSearchParams(location.search).get("q") || "";
    const words = query.toLowerCase().match(/[\p{Letter}\p{Number}]{3,}/gu) || [];
    const there = words.filter((word) => title.toLowerCase().includes(word));
    return score + (words.length ? (40 * there.length) / words.length : 0);
  },
  // The rest is as Sphinx has it.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
