// Says how many characters are left in a textarea with data-count="id of the line that says it".
const QUIET_MS = 800;

function watch(area) {
  const line = document.getElementById(area.dataset.count);
  let timer;
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      line.textContent = line.dataset.text.replace("#", String(area.maxLength - area.value.length));
    }, QUIET_MS);
  });
}

document.querySelectorAll("textarea[data-count]").forEach(watch);
