"use strict";
// Sorts the table of regions by the column whose heading is pressed; without it, the table stands as it was written.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const { compare } = new Intl.Collator(document.documentElement.lang);
  const sort = (head, place) => {
    const isText = head.dataset.kind === "text";
    const [first, second] = isText ? ["ascending", "descending"] : ["descending", "ascending"];
    const way = head.getAttribute("aria-sort") === first ? second : first;
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", way);
    const sign = way === "ascending" ? 1 : -1;
    const keyed = [...table.tBodies[0].rows].map((row) => [row.cells[place].dataset.sort, row]);
    keyed.sort(([a], [b]) => {
      if (a === undefined || b === undefined) return (a === undefined) - (b === undefined); // missing values last
      return sign * (isText ? compare(a, b) : a - b);
    });
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  };
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, place));
    head.append(button);
  });
}
document.getElementById("sortable").hidden = false;
