// A button that prints; without scripts the browser's own does.
const button = document.getElementById("skriv-ut");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
