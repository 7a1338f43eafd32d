// A button with data-part="id" sends its form as it would anyway, but only that part of the answer takes its place: nothing else moves.
async function send(button) {
  const form = button.form;
  const fields = new FormData(form);
  fields.append(button.name, button.value);
  const address = button.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, fresh] = [document.getElementById(button.dataset.part), page.getElementById(button.dataset.part)];
  if (!fresh) throw new Error("no such part");
  old.replaceWith(fresh);
  fresh.querySelector("[data-part], [tabindex]")?.focus();
  dispatchEvent(new Event("part"));
}

addEventListener("click", (event) => {
  const button = event.target.closest("button[data-part]");
  if (!button) return;
  event.preventDefault();
  // Where that fails, it goes the plain way.
  send(button).catch(() => {
    delete button.dataset.part;
    button.form.requestSubmit(button);
  });
});
