// Every page works without this. It marks the page as scripted, puts the reader at the error summary, and lets a form go once.
const RESEND_AFTER_MS = 10_000;

function sendOnce(event) {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(() => release(form), RESEND_AFTER_MS);
}

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

document.documentElement.classList.add("js");
document.getElementById("error-summary")?.focus();
addEventListener("submit", sendOnce);
// A page that comes back from the back/forward cache must be able to send again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
