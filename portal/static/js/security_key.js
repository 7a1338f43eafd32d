// A part with data-key="address" asks a security key: the question comes from there, the answer goes into the form around it.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

function create(asked) {
  const user = { ...asked.user, id: bytes(asked.user.id) };
  const publicKey = { ...asked, user, challenge: bytes(asked.challenge), excludeCredentials: known(asked.excludeCredentials) };
  return navigator.credentials.create({ publicKey });
}

function get(asked) {
  const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: known(asked.allowCredentials) };
  return navigator.credentials.get({ publicKey });
}

function said(key) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (key.response[name]) response[name] = text(key.response[name]);
  }
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: {} });
}

async function ask(part) {
  const form = part.closest("form");
  const headers = { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" };
  const answer = await fetch(part.dataset.key, { method: "POST", headers });
  if (answer.status === 429) return (await answer.json()).message;
  if (!answer.ok) throw new Error(String(answer.status));
  const asked = await answer.json();
  const key = await (asked.user ? create(asked) : get(asked));
  form.elements[part.dataset.field].value = said(key);
  form.submit();
  return "";
}

function start(part) {
  const line = part.querySelector("[role=alert]");
  part.hidden = false;
  part.querySelector("button").addEventListener("click", () => {
    line.textContent = "";
    ask(part).then(
      (told) => {
        line.textContent = told;
      },
      () => {
        line.textContent = part.dataset.failed;
      },
    );
  });
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-key]").forEach(start);
  for (const part of document.querySelectorAll("[data-with-key]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-without-key]")) part.hidden = true;
}
