/** The address of an order in its summary: shown in full, and corrected where it is shown. */

import { api, Problem } from "./api.js";
import { fill, h } from "./dom.js";
import { emailProblem, field, likelyAddress, setBusy, setError, setReady } from "./form.js";
import { announce, reason, sentence } from "./page.js";
import { insist, passes, Unanswered } from "./retry.js";
import { text } from "./text.js";

const OPEN = new Set(["paying", "checking", "preparing", "completed", "declined", "review"]);
// A limit is explained at once; what else passes is asked for again, which is safe.
const again = (problem) => problem.status !== 429 && passes(problem);

export class Address {
  place = h("div", { class: "address" });
  #changed;
  #order = null;
  #token = "";
  /** The parts of the form while it is open. */
  #form = null;
  /** Ends the tries of the change that is under way. */
  #trying = null;
  /** The address of which `#news` speaks. */
  #told = "";
  #news = "";

  /** `changed` hears the order as the shop has it after a change; nothing, if it is to be asked. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Show an order's address. An open form is left alone, while the order may still be changed. */
  show(order, token) {
    this.#order = order;
    this.#token = token;
    if (this.#told !== order.customer.email) this.#news = "";
    const isOpen = this.#form && OPEN.has(order.status);
    if (!isOpen) this.#close();
  }

  #close() {
    this.#form = null;
    const { customer, status } = this.#order;
    const change = () => this.#openForm();
    fill(
      this.place,
      h("span", { class: "typed" }, customer.email),
      OPEN.has(status) && h("button", { type: "button", id: "change", class: "quiet", "aria-label": text.address.changeLabel, click: change }, text.address.change),
      this.#news && h("p", { class: "news good" }, this.#news),
    );
  }

  #openForm() {
    const wanted = { type: "email", autocomplete: "email", inputmode: "email", maxlength: "254", required: true, spellcheck: "false" };
    const label = field("new-email", text.form.email, text.address.hint, { ...wanted, value: this.#order.customer.email });
    const input = label.querySelector("input");
    const save = h("button", { type: "submit", class: "button" }, text.address.save);
    const keep = h("button", { type: "button", class: "button second", click: () => this.#leave() }, text.address.keep);
    const likely = h("p", { class: "likely", role: "status" });
    const hopes = h("p", { class: "hint" });
    input.addEventListener("input", () => this.#edited());
    input.addEventListener("change", () => this.#offerLikely());
    label.append(likely);
    const form = h("form", { novalidate: true, submit: (event) => this.#submit(event) }, label, h("p", { class: "actions" }, save, keep), hopes);
    this.#form = { input, save, likely, hopes };
    fill(this.place, form);
    input.focus();
    input.select();
  }

  #edited() {
    const { input, likely } = this.#form;
    fill(likely);
    if (input.getAttribute("aria-invalid") && !emailProblem(input.value.trim())) setError(input, "");
  }

  #offerLikely() {
    const { input, likely } = this.#form;
    const meant = likelyAddress(input.value.trim());
    const take = () => {
      input.value = meant;
      this.#edited();
      input.focus();
    };
    fill(likely, meant && [`${text.form.emailLikely} `, h("button", { type: "button", class: "quiet", click: take }, meant), "?"]);
  }

  /** Keep the address as it is. A change that is under way may have been made: the shop knows. */
  #leave() {
    const asked = this.#trying;
    asked?.abort();
    this.#trying = null;
    this.#back();
    if (asked) this.#changed();
  }

  #back() {
    this.#close();
    document.getElementById("change")?.focus();
  }

  async #submit(submitted) {
    submitted.preventDefault();
    const form = this.#form;
    const email = form.input.value.trim();
    if (this.#trying) return;
    if (email === this.#order.customer.email) return this.#back();
    if (emailProblem(email)) return this.#refuse(emailProblem(email));
    this.#trying = new AbortController();
    const { signal } = this.#trying;
    setError(form.input, "");
    form.input.readOnly = true;
    setBusy(form.save, text.address.saving);
    try {
      const ask = () => api.changeEmail(this.#order.order_number, this.#token, email, signal);
      this.#done(await insist(ask, { signal, again, waiting: (problem) => this.#wait(form, problem) }));
    } catch (end) {
      const problem = end instanceof Unanswered ? end.problem : end;
      if (!(problem instanceof Problem)) throw end;
      if (!signal.aborted) this.#refuse(wordsOf(problem));
    } finally {
      if (this.#trying?.signal === signal) this.#trying = null;
    }
  }

  #done(answer) {
    const { email } = answer.customer;
    this.#told = email;
    this.#news = answer.status === "completed" ? text.address.sent(email) : text.address.changed(email);
    this.#form = null;
    this.#changed(answer);
    document.getElementById("change")?.focus();
    announce(this.#news);
  }

  /** The order may have been closed meanwhile, and the form with it. */
  #refuse(words) {
    if (!this.#form) return;
    const { input, save, hopes } = this.#form;
    input.readOnly = false;
    setReady(save, text.address.save);
    fill(hopes);
    setError(input, words);
    input.focus();
    announce(words);
  }

  #wait({ hopes }, problem) {
    const words = `${reason(problem)} ${text.retry.step}`;
    if (hopes.textContent === words) return;
    fill(hopes, words);
    announce(words);
  }
}

function wordsOf({ status, detail, errors }) {
  if (errors.length) return sentence(errors[0].reason);
  if (status === 409 || status === 429) return detail ? sentence(detail) : text.trouble.busy;
  return status === 0 ? text.trouble.network : text.address.later;
}
