// Keeps the counts and the last column of the queue up to date. No row comes, goes or moves: what is new waits behind a link.
const EVERY_MS = 30_000;
const live = document.querySelector("[data-live]");
const rows = new Map([...document.querySelectorAll("tr[data-case]")].map((row) => [row.dataset.case, row]));
let timer;

function mark(row, { state, words }) {
  const cell = row.querySelector("[data-holder]");
  if (cell.textContent.trim() === words) return;
  cell.textContent = words;
  row.dataset.state = state;
}

function linkTo(address, text) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = text;
  return text ? [link] : [];
}

function show(said) {
  const [counts, fresh] = [live.querySelector("[data-counts]"), live.querySelector("[data-new]")];
  // nosemgrep: insecure-document-method, insecure-innerhtml - a part of a page, drawn and escaped by our own templates
  if (counts.innerHTML.trim() !== said.counts.trim()) counts.innerHTML = said.counts;
  if (fresh.textContent !== said.new) fresh.replaceChildren(...linkTo(fresh.dataset.new, said.new));
  warn(said.alarm);
  for (const [id, state] of Object.entries(said.rows)) mark(rows.get(id), state);
}

// Over the page's foot: what arises while somebody works pushes nothing aside.
function warn(text) {
  const alarm = live.querySelector("[data-alarm]");
  if (!alarm || text === alarm.dataset.known) return;
  alarm.dataset.known = text;
  alarm.replaceChildren(...linkTo(alarm.dataset.alarm, text));
}

async function look() {
  const address = new URL(live.dataset.live, location.href);
  address.searchParams.set("ids", [...rows.keys()].join(","));
  const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
  if (answer?.ok) show(await answer.json());
  // The sitting is over: asking on would say nothing new.
  if (answer && !answer.ok && answer.status < 500) stop();
  else later();
}

function stop() {
  live.querySelector("[role=status]").textContent = live.dataset.stopped;
}

function later() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(look, EVERY_MS);
}

if (live) {
  document.addEventListener("visibilitychange", later);
  later();
}
