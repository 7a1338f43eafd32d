// A button with data-copy puts that text on the clipboard and says so in its own label.
async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.done;
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (navigator.clipboard) button.addEventListener("click", () => copy(button));
  else button.hidden = true;
}
