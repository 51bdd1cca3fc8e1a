// What a reader copies out of a page has its formulas as TeX, not as a row of loose letters.
document.addEventListener("copy", (event) => {
  const selection = document.getSelection();
  if (selection.isCollapsed) return;
  const copied = selection.getRangeAt(0).cloneContents();
  if (!copied.querySelector("annotation")) return;
  for (const formula of copied.querySelectorAll("math")) {
    const tex = formula.querySelector("annotation")?.textContent ?? "";
    const around = formula.getAttribute("display") === "block" ? "$$" : "$";
    formula.replaceWith(around + tex + around);
  }
  // Only what is in the page has line breaks as text.
  const page = document.body.appendChild(document.createElement("div"));
  page.append(copied);
  event.clipboardData.setData("text/plain", page.innerText);
  page.remove();
  event.preventDefault();
});
