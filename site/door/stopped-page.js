/** Why this page scans nothing, and what may be done about it. */

import { h } from "../assets/dom.js";
import { text } from "./text-door.js";

/** `words` are two of the texts; `waiting` scans are still to be sent, null if that is no question; `more` are buttons. */
export function stoppedPage([title, help], more, waiting = null) {
  const unsent = waiting === null ? null : h("p", { class: "note wait", role: "status" }, waiting ? text.unsent(waiting) : text.allSent);
  return h("div", { class: "page" }, h("h2", {}, title), h("p", { class: "lead" }, help), unsent, h("div", { class: "actions" }, more));
}

export const button = (words, click, second = false) => h("button", { type: "button", class: second ? "button second" : "button", click }, words);
