/** An order without its token: back from the bank in another browser, or with a link that was cut off. */

import { fill, h, icon } from "./dom.js";
import { announce, band, linkButton, setTitle, show, showDeadEnd } from "./page.js";
import { text } from "./text-order.js";

const ways = () => [linkButton("/lost-tickets/", text.back.send), linkButton("/", text.allEvents, "second")];

/** Nothing is known of the order but perhaps its number: the way to it is by email. */
export function showWayIn() {
  showDeadEnd(text.back.title, text.back.words, ways());
}

/** The shop's words on how the order stands. Nothing else is known here: no tickets, nothing to press. */
export class Returned {
  #shown = "";
  #head = h("div", { class: "part" });
  #said = h("section", { "aria-labelledby": "title" });
  #help = h("div", { class: "part" });

  /** Draw an answer if it is a new one; `look` is that of its status, `help` whom to ask. */
  draw(answer, look, help) {
    const picture = JSON.stringify(answer);
    if (picture === this.#shown) return;
    const { headline, text: words } = answer;
    const before = this.#shown;
    this.#shown = picture;
    setTitle(headline);
    fill(this.#head, band(headline));
    this.#said.className = `status ${look.tone}`;
    this.#said.dataset.state = answer.status;
    fill(
      this.#said,
      h("div", { class: look.picture === "wait" ? "sign turning" : "sign" }, icon(look.picture)),
      h("div", { class: "words" }, look.calm && h("p", { class: "dont" }, h("strong", {}, text.order.dontPay)), h("p", {}, words)),
    );
    fill(this.#help, help);
    if (!before) {
      const way = h("section", { class: "panel" }, h("p", {}, text.back.here), h("p", { class: "actions" }, ways()));
      show(this.#head, h("div", { class: "inner body narrow" }, this.#said, way, this.#help));
    } else {
      announce(headline, words);
    }
  }
}
