// Chooses the button that stands for the place to type, once something is typed there.
document.addEventListener("input", ({ target }) => {
  if (!target.closest(".typed") || !target.value) return;
  const typed = target.closest("fieldset")?.querySelector('[type="radio"][value="typed"]');
  if (typed) typed.checked = true;
});
