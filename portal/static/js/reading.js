// Counts down beside a button that the server guards: a hint, never a lock. It can be paused, and is read out every five seconds only.
const READ_OUT_EVERY = 5;

function countDown(line) {
  const pause = document.querySelector("[data-pause]");
  let left = Number(line.dataset.countdown);
  let isPaused = false;
  const say = () => {
    line.textContent = left > 0 ? line.dataset.text.replace("#", String(left)) : line.dataset.done;
  };
  const timer = setInterval(() => {
    if (isPaused) return;
    left -= 1;
    if (left % READ_OUT_EVERY === 0) say();
    if (left > 0) return;
    clearInterval(timer);
    pause?.remove();
  }, 1000);
  pause?.addEventListener("click", () => {
    isPaused = !isPaused;
    [pause.textContent, pause.dataset.text] = [pause.dataset.text, pause.textContent];
  });
  say();
}

document.querySelectorAll("[data-countdown]").forEach(countDown);
