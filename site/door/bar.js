/** What is always to be seen: which door this is, whether there is a network, what waits, how many are in. */

import { fill, h } from "../assets/dom.js";
import { text } from "./text-door.js";
import { timeAt } from "./wording.js";

const element = document.getElementById("bar");

/** Show where the session stands; cheap enough to be called after each change. */
export function showBar(session) {
  const { about, book, exchange, digest } = session;
  const zone = about.event.time_zone;
  const { offlineSince: since, waiting } = exchange;
  const state = since === null ? text.bar.online : text.bar.offline(timeAt(since + session.offset, zone));
  const asOf = digest.list.asOf && text.bar.listOf(timeAt(digest.list.asOf, zone));
  const { inside, expected } = book.people.whole;
  const numbers = [h("strong", {}, inside), h("span", { "aria-hidden": "true" }, `/ ${expected}`)];
  fill(
    element,
    h("h1", {}, h("span", { class: "gate" }, about.gate), " ", h("span", { class: "event" }, about.event.name)),
    h(
      "p",
      { class: "state" },
      h("span", { class: since === null ? "online" : "offline-since" }, h("span", { "aria-hidden": "true" }, since === null ? "● " : "▲ "), state),
      waiting > 0 && h("span", { class: "waiting" }, text.bar.waiting(waiting)),
      asOf && h("span", {}, asOf),
    ),
    session.isPrepared && h("p", { class: "inside", role: "img", "aria-label": text.bar.inside(inside, expected) }, numbers),
  );
}

/** The bar of a device without a door. */
export function showPlainBar() {
  fill(element, h("h1", {}, text.title));
}
