/** The screen stays on while the page scans, where the browser can do that. */

let wanted = false;

async function ask() {
  if (!wanted || document.hidden || !navigator.wakeLock) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // The battery is low, or the system forbids it: the screen goes dark, and the page goes on.
  }
}

/** The system takes it back whenever the page is hidden, so it is asked for each time the page is seen. */
document.addEventListener("visibilitychange", ask);

export function stayAwake(whether) {
  wanted = whether;
  ask();
}
