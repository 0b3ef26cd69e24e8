/** A new version of the page waits until nobody scans and nothing is to be sent. */

const CHECK_MILLISECONDS = 10_000;
const QUIET_MILLISECONDS = 60_000;

/** Whether a new version may take over now. */
export const mayUpdate = ({ waiting, lastScan, now }) => waiting === 0 && now - lastScan >= QUIET_MILLISECONDS;

/** Keep the page on the device. `standing()` gives {waiting, lastScan, now}. */
export async function keepUpToDate(standing) {
  if (!navigator.serviceWorker) return;
  let isKept = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (isKept) location.reload();
    isKept = true; // the first worker found this very page
  });
  try {
    const registration = await navigator.serviceWorker.register("/door/worker.js", { scope: "/door/", updateViaCache: "none" });
    const look = () => registration.waiting && mayUpdate(standing()) && registration.waiting.postMessage("take over");
    look();
    setInterval(look, CHECK_MILLISECONDS);
  } catch {
    // Without it the page works until it is closed; a private window may allow none.
  }
}

/** Call `then` once all of the page is on the device: what it loads by then needs no network. */
export function whenKept(then) {
  const worker = navigator.serviceWorker;
  if (worker?.controller) then();
  else worker?.addEventListener("controllerchange", then, { once: true });
}

/** Have the new version now: the server does not work with this one any more. */
export async function updateNow() {
  const registration = await navigator.serviceWorker?.getRegistration("/door/");
  await registration?.update().catch(() => {});
  registration?.waiting?.postMessage("take over");
  location.reload();
}
