// A formula that is wider than its column can be scrolled by the keyboard, too.
const reach = new ResizeObserver((entries) => {
  for (const { target } of entries)
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
});

addEventListener("DOMContentLoaded", () =>
  document.querySelectorAll("div.math").forEach((formula) => reach.observe(formula)),
);
