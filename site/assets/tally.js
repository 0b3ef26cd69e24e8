/** The bar at the bottom of a small screen: what is chosen so far, and the way on. */

import { fill, h } from "./dom.js";
import { text } from "./text-event.js";

/**
 * A bar whose button calls `onward`. It is gone while nothing is chosen, and from where `last`, the
 * end of the form, can be seen.
 */
export class Tally {
  #words = h("p", {});
  #chosen = false;
  #arrived = false;

  constructor(onward, last) {
    const button = h("button", { type: "button", class: "button", click: onward }, text.event.onward);
    this.element = h("div", { class: "tally", hidden: true }, h("div", { class: "inner" }, this.#words, button));
    // What is above the window counts as seen.
    const seen = { rootMargin: "1000000px 0px 0px" };
    new IntersectionObserver((entries) => {
      this.#arrived = entries.at(-1).isIntersecting;
      this.#update();
    }, seen).observe(last);
  }

  /** Show what is chosen, or nothing (""). */
  show(words) {
    this.#chosen = Boolean(words);
    if (words) fill(this.#words, words);
    this.#update();
  }

  #update() {
    this.element.hidden = this.#arrived || !this.#chosen;
  }
}

/** Bring a part of the page into view and give the focus to something in it. */
export function goTo(part, focused) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  focused.focus({ preventScroll: true });
  part.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}
