// Asks for a number that was chosen and not typed, before a form is kept or sent: without a network
// nobody else would ask.  data-with names the field and the choice that call for the number.

function missing(input) {
  const [name, choice] = input.dataset.with.split("=");
  return new FormData(input.form).get(name) === choice && !input.value.trim();
}

function check(event) {
  const found = [...event.target.querySelectorAll("input[data-with]")].filter(missing);
  for (const input of found) input.setCustomValidity(input.dataset.ask);
  if (!found.length) return;
  event.preventDefault();
  found[0].reportValidity();
}

document.addEventListener("submit", check, { capture: true });
document.addEventListener("input", ({ target }) => {
  if (target.dataset.with) target.setCustomValidity("");
});
