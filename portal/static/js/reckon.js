// A form with data-reckon="address" and data-into="id" is worked out again while one types; the button does the same without this.
const QUIET_MS = 500;

async function reckon(form) {
  const number = (form.dataset.asked = String(Number(form.dataset.asked ?? 0) + 1));
  const answer = await fetch(form.dataset.reckon, { method: "POST", body: new FormData(form), redirect: "manual" }).catch(() => null);
  if (!answer?.ok || number !== form.dataset.asked) return;
  // nosemgrep: insecure-document-method, insecure-innerhtml - a part of a page, drawn and escaped by our own templates
  document.getElementById(form.dataset.into).innerHTML = (await answer.json()).html;
}

function watch(form) {
  let timer;
  form.addEventListener("input", (event) => {
    if (event.target.tagName === "TEXTAREA") return;
    clearTimeout(timer);
    timer = setTimeout(reckon, QUIET_MS, form);
  });
}

document.querySelectorAll("form[data-reckon]").forEach(watch);
