/** A supervisor finds a ticket by its number, its order or a name, and lets people in by hand or takes a scan back. */

import { fill, h } from "../assets/dom.js";
import { text } from "./text-more.js";
import { placeOf } from "./wording.js";

export class SearchPart {
  #session;
  #desk;
  #found = h("div", { role: "status" });
  #input = h("input", { id: "query", type: "search", autocomplete: "off", spellcheck: "false", maxlength: "60", "aria-describedby": "query-hint" });

  constructor(session, desk) {
    this.#session = session;
    this.#desk = desk;
    const field = h("div", { class: "field" }, h("label", { for: "query" }, text.more.searchLabel), h("p", { class: "hint", id: "query-hint" }, text.more.searchHint), this.#input);
    const button = h("button", { type: "submit", class: "button second" }, text.more.search);
    const submit = (submitted) => {
      submitted.preventDefault();
      this.#search(this.#input.value.trim());
    };
    this.element = h("section", {}, h("h3", {}, text.more.search), h("form", { novalidate: true, submit }, field, button), this.#found);
  }

  async #search(query) {
    if (!query) return;
    try {
      const { tickets, more } = await this.#session.search(query);
      const list = h("ul", { class: "rows" }, tickets.map((ticket) => this.#row(ticket)));
      fill(this.#found, tickets.length ? list : h("p", { class: "hint" }, text.more.nothing), more && h("p", { class: "hint" }, text.more.manyFound));
    } catch (refusal) {
      if (refusal.status === undefined) throw refusal;
      fill(this.#found, h("p", { class: "note bad" }, refusal.status === 429 ? text.more.busy : text.needsNetwork));
    }
  }

  #row({ ticket, type, holder, state, reason, admits, left }) {
    const isVoid = state === "void";
    const standing = isVoid ? [text.more.isVoid, text.reason[reason]].filter(Boolean).join(", ") : text.more.left(left, admits);
    const letIn = h("button", { type: "button", class: "button second", "aria-label": `${text.more.letIn}: ${ticket}`, click: () => this.#desk.byHand(ticket) }, text.more.letIn);
    return h(
      "li",
      {},
      h("div", {}, h("p", {}, h("strong", {}, holder)), h("p", { class: "hint" }, `${ticket} · ${type}`), h("p", { class: "hint" }, standing), this.#admissions(ticket)),
      !isVoid && left > 0 && letIn,
    );
  }

  /** Each admission of the ticket, at whatever gate, with a way to take it back. */
  #admissions(ticket) {
    const line = ({ name, at, device, people }) => {
      const undo = () => window.confirm(text.more.undoSure(ticket)) && this.#desk.correct("undo", name, ticket);
      const place = placeOf({ at, device }, this.#session);
      const button = h("button", { type: "button", class: "quiet", "aria-label": `${text.more.undo}: ${place}`, click: undo }, text.more.undo);
      return h("li", {}, `${place} · ${text.people(people)} `, button);
    };
    const found = this.#session.book.admissionsOf(ticket);
    return found.length ? h("ul", { class: "admissions" }, found.map(line)) : null;
  }
}
