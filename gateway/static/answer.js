// Counts along while marks are set: what is left of the places, how many are settled. The server says the same
// when the form is sent; without this script the figures are those of the last save. A household's button marks and
// unmarks all of it at once here, where without this script the server does.
(() => {
  const form = document.querySelector("form.answer");
  if (!form) return;
  const figures = new Intl.NumberFormat([document.documentElement.lang, "nb"]);
  const write = (element, value) => {
    const text = figures.format(value);
    if (element && element.textContent !== text) element.textContent = text;
  };
  const members = (inside) => [...inside.closest(".household-group").querySelectorAll("input.mark")];
  // One reason for a household is written into each of its members' own: nothing is decided unseen.
  const spread = (field) => {
    const own = field.name.startsWith("husgrunn-") ? "grunn-" : "tekst-";
    for (const mark of members(field)) {
      const target = document.getElementById(own + mark.id.replace("bosett-", ""));
      if (target) target.value = field.value;
    }
  };
  // Where the household's one reason answers for all, each one's own is folded away; where it does not, it is shown.
  const fold = (inside) => {
    const group = inside.closest(".household-group");
    const whole = group.querySelector("[name^='husgrunn-']");
    const text = group.querySelector("[name^='hustekst-']");
    if (!whole) return;
    const owns = [...group.querySelectorAll(".own-reason")];
    const same = (own) =>
      own.querySelector("select").value === whole.value && own.querySelector("textarea").value === text.value;
    const one = whole.value !== "" && !members(inside).some((mark) => mark.checked) && owns.every(same);
    for (const own of owns) own.open = !one || own.querySelector("[aria-invalid]") !== null;
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
    for (const button of form.querySelectorAll("button.whole")) {
      const all = members(button).every((mark) => mark.checked);
      const what = button.querySelector(".what");
      const text = all ? button.dataset.unmark : button.dataset.mark;
      if (what.textContent !== text) what.textContent = text;
    }
    const yes = marks.filter((mark) => mark.checked).length;
    write(form.querySelector(".running .yes"), yes);
    write(form.querySelector(".running .no"), marks.length - yes);
  };
  form.addEventListener("change", (event) => {
    if (event.target.matches("input.mark")) {
      count();
      fold(event.target);
    }
    if (event.target.matches("[name^='husgrunn-'], [name^='hustekst-']")) {
      spread(event.target);
      fold(event.target);
    }
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button.whole");
    if (!button) return;
    event.preventDefault();
    const marks = members(button);
    const all = marks.every((mark) => mark.checked);
    for (const mark of marks) mark.checked = !all;
    count();
    fold(button);
  });
  // A browser that goes back restores the marks after the page was written.
  window.addEventListener("pageshow", count);
  document.addEventListener("fordeling:byttet", count);
  document.getElementById("feil")?.focus();
})();
