// TeX to MathML, run at build in V8 with MathJax's components.
//
// MathJax writes MathML for its own output, which knows TeX's spaces, accents and letters. A browser
// draws MathML Core and does not, so here the tree is made to say them.
"use strict";

const mj = MathJax._;
mj.mathjax.mathjax.handlers.register(
  new mj.handlers.html.HTMLHandler.HTMLHandler(mj.adaptors.liteAdaptor.liteAdaptor()),
);
const tex = new mj.input.tex_ts.TeX({
  packages: ["base", "ams"], // without "noundefined": an unknown command is an error
  formatError(jax, error) {
    throw error;
  },
});
const page = mj.mathjax.mathjax.document("", { InputJax: tex });
const serializer = new mj.core.MmlTree.SerializedMmlVisitor.SerializedMmlVisitor();
const COMPILED = 20; // MathJax's name for "parsed, not yet drawn"

const SPACES = {
  "": "0",
  thinmathspace: ".1667em",
  mediummathspace: ".2222em",
  thickmathspace: ".2778em",
};

// A browser has no mathvariant but "normal": other letters are characters of their own, most of them
// in runs from A, from a and from 0.
const ALPHABETS = {
  bold: [0x1d400, 0x1d41a, 0x1d7ce],
  italic: [0x1d434, 0x1d44e],
  "bold-italic": [0x1d468, 0x1d482],
  script: [0x1d49c, 0x1d4b6],
  "bold-script": [0x1d4d0, 0x1d4ea],
  fraktur: [0x1d504, 0x1d51e],
  "double-struck": [0x1d538, 0x1d552, 0x1d7d8],
  "sans-serif": [0x1d5a0, 0x1d5ba, 0x1d7e2],
  monospace: [0x1d670, 0x1d68a, 0x1d7f6],
};
const APART = {
  italic: { h: "ℎ" },
  script: { B: "ℬ", E: "ℰ", F: "ℱ", H: "ℋ", I: "ℐ", L: "ℒ", M: "ℳ", R: "ℛ", e: "ℯ", g: "ℊ", o: "ℴ" },
  fraktur: { C: "ℭ", H: "ℌ", I: "ℑ", R: "ℜ", Z: "ℨ" },
  "double-struck": { C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ" },
};

function letter(character, variant) {
  const apart = (APART[variant] || {})[character];
  if (apart) return apart;
  const run = [/[A-Z]/, /[a-z]/, /[0-9]/].findIndex((range) => range.test(character));
  const start = (ALPHABETS[variant] || [])[run];
  if (!start) throw new Error(`mathml.js has no ${variant} form of ${character}`);
  return String.fromCodePoint(start + character.charCodeAt(0) - "Aa0".charCodeAt(run));
}

function spellLetters(token) {
  const name = token.attributes.getExplicit("mathvariant");
  if (!name || name === "normal") return;
  const variant = name.replace("-tex-", "").replace("calligraphic", "script").replace("mathit", "italic");
  for (const text of token.childNodes) {
    text.setText(Array.from(text.getText(), (c) => letter(c, variant)).join(""));
  }
  // One letter alone would be slanted, and found no more.
  token.attributes.set("mathvariant", "normal");
}

// MathJax knows TeX's space before each node from the classes of its neighbours. Operators carry it,
// so that none comes from the browser's own dictionary; other nodes get an mspace.
function spaceRow(row) {
  const spaced = [];
  let before = null;
  for (const node of row.childNodes) {
    const space = SPACES[node.texSpacing()];
    if (node.isKind("mo")) {
      node.attributes.set("lspace", space);
      node.attributes.set("rspace", "0");
    } else if (space !== "0") {
      if (before && before.isKind("mo")) before.attributes.set("rspace", space);
      else spaced.push(row.factory.create("mspace", { width: space }));
    }
    spaced.push(node);
    before = node;
  }
  row.setChildren(spaced);
}

// A browser stretches what its dictionary says for the operator's place in the row: \bigl\lvert in the
// middle of one would stay small.
function stretch(operator) {
  if (!operator.attributes.isSet("minsize")) return;
  operator.attributes.set("stretchy", true);
  operator.attributes.set("symmetric", true);
}

// The base of a script or a limit: the space is around the whole, where spaceRow has put it.
function closeBase(node) {
  const base = node.childNodes[0];
  if (!base.isKind("mo")) return;
  base.attributes.set("lspace", "0");
  base.attributes.set("rspace", "0");
}

const SCRIPTED = new Set(["msub", "msup", "msubsup", "munder", "mover", "munderover"]);

// MathJax's accents are keys of a typewriter; these sit at an accent's height.
const ACCENTS = { "^": "ˆ", "~": "˜", "\u00af": "ˉ", "\u00b4": "ˊ", "`": "ˋ" };

function markAccents(node) {
  for (const [place, attribute] of [[node.over, "accent"], [node.under, "accentunder"]]) {
    const mark = node.childNodes[place];
    if (!mark || !mark.isKind("mo")) continue;
    if (!mark.getProperty("mathaccent") && !mark.attributes.get("accent")) continue;
    node.attributes.set(attribute, true);
    const text = mark.childNodes[0];
    if (ACCENTS[text.getText()]) text.setText(ACCENTS[text.getText()]);
  }
}

// MathML Core has no attributes for the columns and rows of a table.
function alignCells(table) {
  const list = (name) => table.attributes.get(name).trim().split(/\s+/);
  const [align, columns, rows] = ["columnalign", "columnspacing", "rowspacing"].map(list);
  const at = (values, i) => values[Math.min(i, values.length - 1)];
  table.childNodes.forEach((row, r) =>
    row.childNodes.forEach((cell, c) => {
      const right = c + 1 < row.childNodes.length ? at(columns, c) : "0";
      const below = r + 1 < table.childNodes.length ? at(rows, r) : "0";
      const side = at(align, c); // Chromium heeds its own name for a box of maths, others the plain one
      const place = `text-align:${side};text-align:-webkit-${side}`;
      cell.attributes.set("style", `${place};padding:0 ${right} ${below} 0`);
    }),
  );
  for (const name of ["columnalign", "columnspacing", "rowspacing"]) table.attributes.set(name, "");
}

function convert(source, display) {
  try {
    const root = page.convert(source, { display, end: COMPILED });
    root.setTeXclass(null);
    root.walkTree((node) => {
      if (node.isInferred || node.isKind("mrow")) spaceRow(node);
      if (node.isKind("mo")) stretch(node);
      if (SCRIPTED.has(node.kind)) closeBase(node);
      if (SCRIPTED.has(node.kind)) markAccents(node);
      if (node.isKind("mtable")) alignCells(node);
      if (node.isToken) spellLetters(node);
    });
    const mathml = serializer
      .visitTree(root)
      .replace(/\n\s*/g, "")
      .replace(/ (data-mjx-[a-z-]+|columnalign|columnspacing|rowspacing)="[^"]*"/g, "")
      .replace(/&#x([0-9A-F]+);/g, (_, code) => String.fromCodePoint(parseInt(code, 16)));
    return JSON.stringify({ mathml });
  } catch (error) {
    return JSON.stringify({ error: error.message });
  }
}
