// Keeps a claim alive while its page is open: an element with data-heartbeat="address". Says so once the claim is gone.
const EVERY_MS = 4 * 60_000;

function say(part) {
  const line = document.createElement("p");
  line.className = "problem-text";
  line.setAttribute("role", "alert");
  line.textContent = part.dataset.lost;
  part.append(line);
}

async function beat(part) {
  const headers = { "X-CSRFToken": part.dataset.token, Accept: "application/json" };
  const answer = await fetch(part.dataset.heartbeat, { method: "POST", headers, redirect: "manual" }).catch(() => null);
  if (!answer || answer.ok) later(part);
  else say(part);
}

function later(part) {
  setTimeout(beat, EVERY_MS, part);
}

document.querySelectorAll("[data-heartbeat]").forEach(later);
