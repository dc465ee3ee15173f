// Fills an empty time zone with the browser's own, where the page knows that zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("[data-zone]")) {
  if (!field.value && zone) {
    const known = field.value;
    field.value = JSON.parse(field.dataset.zone)[zone] ?? zone;
    if (field.tagName === "SELECT" && !field.value) field.value = known;
  }
}
