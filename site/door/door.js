/** The door: from opening the page to a device at work, or the reason why it is not. */

import { fill } from "../assets/dom.js";
import { showPlainBar } from "./bar.js";
import { holdDoor } from "./only-tab.js";
import { Server } from "./signed-request.js";
import { button, stoppedPage } from "./stopped-page.js";
import { Store } from "./store.js";
import { text } from "./text-door.js";
import { keepUpToDate } from "./updates.js";

const main = document.getElementById("main");
let store;
let work = null;

const show = (...content) => fill(main, ...content);

/** Begin; `link` is what the address brought for pairing. */
export async function open(link) {
  document.title = text.title;
  showPlainBar();
  keepUpToDate(() => ({ waiting: 0, lastScan: 0, ...work?.standing, now: Date.now() }));
  if (!canWork()) return show(stoppedPage(text.stopped.floor));
  if (await holdDoor(lostDoor)) return begin(link);
  return show(stoppedPage(text.stopped.tab, button(text.useThis, () => takeDoor(link))));
}

const canWork = () => Boolean(globalThis.crypto?.subtle && navigator.locks && globalThis.OffscreenCanvas && globalThis.indexedDB && AbortSignal.timeout);

async function takeDoor(link) {
  await holdDoor(lostDoor, { steal: true });
  await begin(link);
}

function lostDoor() {
  work?.end();
  show(stoppedPage(text.stopped.tab, button(text.useThis, () => location.reload())));
}

async function begin(link) {
  try {
    store = await Store.open();
  } catch {
    return show(stoppedPage(text.stopped.store, button(text.tryAgain, () => location.reload())));
  }
  const facts = await store.facts();
  if (!facts.device) return pair(link, facts);
  if (link && link.device !== facts.device.device) return showOther(link, facts);
  return begun(facts);
}

async function pair(link, { offset } = {}) {
  showPlainBar();
  const { PairPage } = await import("./pair-page.js");
  const page = new PairPage(store, new Server(offset), async () => begun(await store.facts()));
  show(page.element);
  return page.show(link);
}

/** A code for another door than this one. */
async function showOther(link, facts) {
  const { gate, event } = facts.about;
  const keep = button(text.keepThis, () => begun(facts));
  const leave = button(text.leave.door, () => begun(facts).then(() => work.leave(link)), true);
  show(stoppedPage(text.stopped.other(gate, event.name), [keep, leave]));
}

async function begun(facts) {
  const { Work } = await import("./work.js");
  work = await Work.open(store, facts, { show, left });
}

/** The device has left its door, and may have another one. */
async function left(link) {
  work = null;
  store = await Store.open();
  await pair(link);
}
