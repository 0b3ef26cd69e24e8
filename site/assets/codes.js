/** The codes of an order's tickets, for the door. They stay on the page when the connection is gone. */

import { api, Problem } from "./api.js";
import { fill, h, svg } from "./dom.js";
import { insist, Unanswered } from "./retry.js";
import { text } from "./text-order.js";

export class Codes {
  place = h("ol", { class: "codes", "aria-label": text.order.codes });
  #asking = null;

  /** Have the codes of an order on the page; they are asked for once. */
  async show({ order_number: number, codes_url: address, tickets: count }, token) {
    if (!address || this.#asking) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.place.setAttribute("aria-busy", "true");
    fill(this.place, Array.from({ length: count }, blank));
    try {
      const { tickets } = await insist((end) => api.codes(number, token, end), { signal });
      fill(this.place, tickets.map(card));
    } catch (problem) {
      if (!(problem instanceof Problem || problem instanceof Unanswered)) throw problem;
      if (!signal.aborted) fill(this.place); // the files are there all the same
    } finally {
      this.place.removeAttribute("aria-busy");
    }
  }

  clear() {
    this.#asking?.abort();
    this.#asking = null;
    fill(this.place);
  }
}

/** As large as a ticket will be. */
const blank = () => h("li", { class: "ticket" }, h("div", { class: "code shape" }), h("div", { class: "about" }));

function card({ ticket_id: number, name, admits, holder, code }, index, all) {
  const { side, path } = code;
  const drawing = svg("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": text.order.codeOf(number) }, svg("path", { d: path }));
  return h(
    "li",
    { class: "ticket" },
    h("div", { class: "code" }, drawing),
    h(
      "div",
      { class: "about" },
      h("h3", {}, admits > 1 ? `${name} · ${text.admits(admits)}` : name),
      h("p", {}, holder),
      h("p", { class: "hint" }, h("span", {}, number), " ", all.length > 1 && h("span", {}, text.order.nth(index + 1, all.length))),
    ),
  );
}
