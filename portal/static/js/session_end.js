// Says in time that the sitting ends, and keeps what is typed on the server meanwhile. The server alone knows when it ends; this asks it.
const WARN_S = 120;
const KEEP_AFTER_MS = 2_000;
const notice = document.getElementById("session-end");
const line = notice.querySelector("[role=status]");
const stay = notice.querySelector("button");
const forms = [...document.querySelectorAll("form[data-keep]")];
let timer;

async function ask(address, fields) {
  const options = { headers: { Accept: "application/json" }, redirect: "manual" };
  if (fields) {
    options.method = "POST";
    options.headers["X-CSRFToken"] = document.querySelector("[name=csrf_token]").value;
    options.body = new URLSearchParams(fields);
    options.keepalive = true;
  }
  const answer = await fetch(address, options);
  if (answer.type === "opaqueredirect" || answer.status === 400) return { ends_in: 0, last_in: 0 };
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function arm({ ends_in: left, last_in: last }) {
  clearTimeout(timer);
  if (left <= 0) {
    location.replace(location.href);
    return;
  }
  const isSoon = left <= WARN_S;
  if (isSoon) {
    const text = left >= last ? line.dataset.last : line.dataset.text;
    line.textContent = text.replace("#", String(Math.max(1, Math.round(left / 60))));
    stay.hidden = left >= last;
  } else line.textContent = "";
  notice.hidden = !isSoon;
  timer = setTimeout(look, (isSoon ? Math.min(left, 60) : left - WARN_S) * 1000 + 500);
}

function look() {
  ask(notice.dataset.left).then(arm).catch(() => {
    timer = setTimeout(look, 15_000);
  });
}

function typedIn(form) {
  const typed = {};
  for (const box of form.elements) {
    const isText = box.matches("input[type=text], input[type=date], textarea, select");
    if (box.name && (isText || (box.type === "radio" && box.checked))) typed[box.name] = box.value;
  }
  return JSON.stringify(typed);
}

function fill(form) {
  const typed = JSON.parse(form.dataset.typed || "null");
  if (!typed) return;
  for (const box of form.elements) {
    if (!(box.name in typed) || box.type === "hidden" || box.type === "checkbox") continue;
    if (box.type === "radio") box.checked = box.value === typed[box.name];
    else box.value = typed[box.name];
  }
  form.querySelector("[data-back]").textContent = form.dataset.back;
}

function watch(form) {
  let waiting;
  const keep = () => {
    clearTimeout(waiting);
    waiting = undefined;
      ask(notice.dataset.keep, { path: location.pathname, typed: typedIn(form) }).then(arm).catch(() => {});
  };
  form.addEventListener("input", () => {
    waiting ??= setTimeout(keep, KEEP_AFTER_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    waiting = undefined;
  });
  addEventListener("pagehide", () => waiting && keep());
}

stay.addEventListener("click", () => ask(notice.dataset.stay, {}).then(arm).catch(look));
forms.forEach(fill);
forms.forEach(watch);
arm({ ends_in: Number(notice.dataset.endsIn), last_in: Number(notice.dataset.lastIn) });
