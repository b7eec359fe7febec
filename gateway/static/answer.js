// Counts along while marks are set: what is left of the places, how many are settled. The server says the same
// when the form is sent; without this script the figures are those of the last save.
(() => {
  const form = document.querySelector("form.answer");
  if (!form) return;
  const figures = new Intl.NumberFormat(document.documentElement.lang);
  const write = (element, value) => {
    const text = figures.format(value);
    if (element && element.textContent !== text) element.textContent = text;
  };
  const count = () => {
    const marks = [...form.querySelectorAll("input.mark")];
    for (const card of document.querySelectorAll(".ledger[data-kind]")) {
      const marked = marks.filter((mark) => mark.checked && mark.dataset.kind === card.dataset.kind).length;
      const after = Number(card.dataset.without) - marked;
      write(card.querySelector(".marked"), marked);
      const kind = `[data-kind="${card.dataset.kind}"] .after`;
      for (const figure of document.querySelectorAll(kind)) {
        write(figure, after);
        figure.classList.toggle("over", after < 0);
      }
      write(card.querySelector(".over-by"), Math.max(0, -after));
      card.querySelector(".too-many").hidden = !(after < 0 && marked > 0);
    }
    const yes = marks.filter((mark) => mark.checked).length;
    write(form.querySelector(".running .yes"), yes);
    write(form.querySelector(".running .no"), marks.length - yes);
  };
  form.addEventListener("change", (event) => {
    if (event.target.matches("input.mark")) count();
  });
  // A browser that goes back restores the marks after the page was written.
  window.addEventListener("pageshow", count);
  document.getElementById("feil")?.focus();
})();
