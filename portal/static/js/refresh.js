// A part of the page with data-refresh="seconds" asks for its page again and takes the new part's place, until the new part waits no more.
const MOST_TRIES = 40;

async function freshPart(id) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById(id);
}

async function look(id, tries) {
  const old = document.getElementById(id);
  const fresh = await freshPart(id).catch(() => null);
  if (fresh && fresh.innerHTML !== old.innerHTML) old.replaceChildren(...fresh.childNodes);
  if (fresh && !fresh.dataset.refresh) delete old.dataset.refresh;
  later(id, tries + 1);
}

function later(id, tries) {
  const seconds = Number(document.getElementById(id).dataset.refresh);
  if (seconds && tries < MOST_TRIES) setTimeout(look, seconds * 1000 * (1 + tries / 5), id, tries);
}

for (const part of document.querySelectorAll("[data-refresh]")) later(part.id, 0);
