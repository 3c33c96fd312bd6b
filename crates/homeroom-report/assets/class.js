// The class page: sorting the roster and finding a name. Without it the table stands as it is.
(() => {
  "use strict";
  const table = document.getElementById("roster");
  if (!table) return;
  const body = table.tBodies[0];
  const say = document.getElementById("say");
  // Names are compared as text; what has no value comes last in either direction.
  const collator = new Intl.Collator(["zh-Hans-CN", "en"], { numeric: true, sensitivity: "base" });

  const sort = (button) => {
    const heading = button.closest("th");
    const key = button.dataset.sort;
    const now = heading.getAttribute("aria-sort");
    // The first press of "score" and "marks" shows the largest on top: that is what a teacher looks for.
    const first = key === "score" || key === "marks" || key === "words" ? "descending" : "ascending";
    const next = now === "none" ? first : now === "ascending" ? "descending" : "ascending";
    const sign = next === "ascending" ? 1 : -1;
    const rows = [...body.rows];
    rows.sort((a, b) => {
      const [x, y] = [a.dataset[key], b.dataset[key]];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return sign * (key === "name" ? collator.compare(x, y) : Number(x) - Number(y));
    });
    body.append(...rows);
    for (const th of table.tHead.rows[0].cells) {
      if (th.hasAttribute("aria-sort")) th.setAttribute("aria-sort", "none");
    }
    heading.setAttribute("aria-sort", next);
    say.textContent = `${button.textContent.trim()} ${next === "ascending" ? "↑" : "↓"}`;
  };
  for (const button of table.querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => sort(button));
  }

  const find = document.getElementById("find");
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    let n = 0;
    for (const row of body.rows) {
      row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
      n += row.hidden ? 0 : 1;
    }
    say.textContent = String(n);
  });
})();
