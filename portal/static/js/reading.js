// Counts down beside a button that the server guards: a hint, never a lock. It is read out every five seconds only.
const READ_OUT_EVERY = 5;

function countDown(line) {
  line.dataset.counting = "yes";
  const ends = Date.now() + Number(line.dataset.countdown) * 1000;
  const say = (left) => {
    line.textContent = left > 0 ? line.dataset.text.replace("#", String(left)) : line.dataset.done;
  };
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    if (!line.isConnected) clearInterval(timer);
    else if (left % READ_OUT_EVERY === 0) say(left);
    if (left > 0) return;
    clearInterval(timer);
    document.querySelector("#reading [data-part]")?.remove();
  }, 1000);
  say(Number(line.dataset.countdown));
}

function countAll() {
  document.querySelectorAll("[data-countdown]:not([data-counting])").forEach(countDown);
}

addEventListener("part", countAll);
countAll();
