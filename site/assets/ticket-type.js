/** One ticket type in the order form: what it costs, what is left, and how many are wanted. */

import { fill, h } from "./dom.js";
import { setError } from "./form.js";
import { isFree } from "./money.js";
import { announce } from "./page.js";
import { text } from "./text-event.js";

const LITTLE_LEFT = 20;

export class TicketType {
  quantity;
  input;
  element;
  #type;
  #limit;
  #odd = false;
  #changed;
  #left = h("p", { class: "hint" });
  #fewer;
  #more;

  /**
   * `wanted` is the line of an order that was asked for already, or of a draft, or null. `changed`
   * hears each change; and whether a button was pressed, which no field reports.
   */
  constructor(type, wanted, changed) {
    this.#type = type;
    this.#limit = limitOf(type);
    this.#changed = changed;
    this.quantity = wanted?.quantity ?? 0;
    this.input = this.#field();
    this.#fewer = this.#stepper(-1, "−", text.event.fewer(type.name));
    this.#more = this.#stepper(1, "+", text.event.more(type.name));
    this.element = this.#drawn(type.sale !== "on_sale" && !wanted);
    this.#showLeft();
  }

  get sku() {
    return this.#type.sku;
  }

  get name() {
    return this.#type.name;
  }

  get price() {
    return this.#type.price;
  }

  /** Whether any of it can be ordered. */
  get isOpen() {
    return this.#limit > 0;
  }

  get isTooMany() {
    return this.quantity > this.#limit;
  }

  /** What is wrong with the number, or "". */
  get problem() {
    if (this.#odd) return text.event.notANumber;
    if (!this.isTooMany) return "";
    return this.#limit ? text.event.tooMany(this.#limit) : closed(this.#type);
  }

  showProblem() {
    setError(this.input, this.problem);
  }

  /** Take over what the shop says now; a type that it does not name any more is off sale. */
  refresh(type = { ...this.#type, sale: "ended", max_per_order: 0 }) {
    this.#type = type;
    this.#limit = limitOf(type);
    this.#showLeft();
  }

  /** Order no more than can be ordered. */
  takeTheRest() {
    if (this.isTooMany) this.#choose(String(this.#limit));
  }

  #field() {
    return h("input", {
      id: `quantity-${this.#type.sku}`,
      class: "number",
      inputmode: "numeric",
      autocomplete: "off",
      maxlength: "3",
      value: String(this.quantity),
      "aria-label": text.event.quantity(this.#type.name),
      input: () => this.#choose(this.input.value.trim()),
      blur: () => this.input.value.trim() === "" && this.#choose("0"),
      keydown: (key) => this.#arrow(key),
    });
  }

  #stepper(step, sign, label) {
    const press = () => {
      const wanted = Math.max(0, Math.min(this.quantity + step, Math.max(this.#limit, this.quantity)));
      if (wanted === this.quantity) announce(step < 0 ? text.event.noFewer : this.isOpen ? text.event.noMore(this.#limit) : closed(this.#type));
      this.#choose(String(wanted), true);
    };
    return h("button", { type: "button", "aria-label": label, click: press }, sign);
  }

  #drawn(gone) {
    const { name, price } = this.#type;
    return h(
      "li",
      { class: gone ? "type gone" : "type" },
      h("div", { class: "what" }, h("h3", {}, name), h("p", { class: "price" }, isFree(price) ? text.free : price.text), this.#left),
      gone ? null : h("div", { class: "stepper" }, this.#fewer, this.input, this.#more),
      h("p", { class: "error", id: `${this.input.id}-error` }),
    );
  }

  #arrow(key) {
    const step = { ArrowUp: this.#more, ArrowDown: this.#fewer }[key.key];
    if (!step) return;
    key.preventDefault();
    step.click();
  }

  #choose(typed, pressed = false) {
    if (typed !== this.input.value) this.input.value = typed;
    const number = /^\d{1,3}$/.test(typed) ? Number(typed) : null;
    this.quantity = number ?? 0;
    this.#odd = number === null && typed !== "";
    this.showProblem();
    this.#showEnds();
    this.#changed(pressed);
  }

  #showLeft() {
    const { available, max_per_order: most, sale_ends_text: ends, admits } = this.#type;
    const few = this.isOpen && available <= LITTLE_LEFT;
    const words = [
      closed(this.#type) || (few ? text.event.left(available) : text.event.plenty),
      admits > 1 && text.admits(admits),
      this.isOpen && available > most && text.event.most(most),
      this.isOpen && ends && text.event.until(ends),
    ];
    this.#left.classList.toggle("few", few);
    fill(this.#left, words.filter(Boolean).join(" · "));
    this.#showEnds();
  }

  /** The buttons look as if they could be pressed while pressing them does something. */
  #showEnds() {
    this.#fewer.classList.toggle("end", this.quantity < 1);
    this.#more.classList.toggle("end", this.quantity >= this.#limit);
  }
}

const limitOf = (type) => Math.max(0, Math.min(type.available, type.max_per_order));

/** Why none of a ticket type can be ordered, or "". */
const closed = (type) => text.closedType[type.sale]?.(type) ?? "";
