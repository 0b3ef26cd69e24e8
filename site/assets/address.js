/** The address of an order in its summary: shown in full, and corrected where it is shown. */

import { fill, h } from "./dom.js";
import { announce } from "./page.js";
import { text } from "./text-order.js";

const OPEN = new Set(["paying", "checking", "preparing", "completed", "declined", "review"]);

export class Address {
  place = h("div", { class: "recipient" });
  #changed;
  #order = null;
  #token = "";
  #form = null;
  /** The address of which `#news` speaks, and what it says: {tone, words}. */
  #told = "";
  #news = null;

  /** `changed` hears the order as the shop has it after a change; nothing, if it is to be asked. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Show an order's address. An open form is left alone, while the order may still be changed. */
  show(order, token) {
    this.#order = order;
    this.#token = token;
    if (this.#told !== order.customer.email) this.#news = null;
    if (!this.#form || !OPEN.has(order.status)) this.#close();
  }

  #close() {
    this.#form = null;
    const { customer, status } = this.#order;
    const change = () => this.#open();
    fill(
      this.place,
      h("span", { class: "typed" }, customer.email),
      OPEN.has(status) && h("button", { type: "button", id: "change", class: "quiet", "aria-label": text.address.changeLabel, click: change }, text.address.change),
      this.#news && h("p", { class: `news ${this.#news.tone}` }, this.#news.words),
    );
  }

  /** Few buyers need the form, so it is loaded for those who do. */
  async #open() {
    try {
      const { AddressForm } = await import("./address-form.js");
      if (this.#form || !OPEN.has(this.#order.status)) return;
      this.#form = new AddressForm(this.#order, this.#token, (answer) => this.#done(answer), (asked) => this.#leave(asked));
      fill(this.place, this.#form.element);
      this.#form.focus();
    } catch {
      this.#tell("bad", text.address.notLoaded);
      this.#close();
    }
  }

  #done(answer) {
    const { customer, status } = answer;
    this.#form = null;
    this.#tell("good", status === "completed" ? text.address.sent(customer.email) : text.address.changed(customer.email), customer.email);
    this.#changed(answer);
    this.#focus();
  }

  /** Keep the address as it is. A change that was `asked` for may have been made: the shop knows. */
  #leave(asked) {
    this.#close();
    this.#focus();
    if (asked) this.#changed();
  }

  #tell(tone, words, about = this.#order.customer.email) {
    this.#told = about;
    this.#news = { tone, words };
    announce(words);
  }

  #focus() {
    document.getElementById("change")?.focus();
  }
}
