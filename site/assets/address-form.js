/** The form that gives an order another address. */

import { api, Problem } from "./api.js";
import { fill, h } from "./dom.js";
import { emailProblem, field, likely, likelyAddress, setError } from "./form.js";
import { announce, reason, sentence, setBusy, setReady } from "./page.js";
import { insist, passes, Unanswered } from "./retry.js";
import { text } from "./text-order.js";

// A limit is explained at once; what else passes is asked for again, which is safe.
const again = (problem) => problem.status !== 429 && passes(problem);

export class AddressForm {
  #order;
  #token;
  #done;
  #leave;
  #input;
  #save = h("button", { type: "submit", class: "button" }, text.address.save);
  #likely = h("p", { class: "likely", role: "status" });
  #hopes = h("p", { class: "hint" });
  /** Ends the tries of the change that is under way. */
  #trying = null;

  /** `done` hears the shop's answer; `leave` is told whether a change had been asked for. */
  constructor(order, token, done, leave) {
    this.#order = order;
    this.#token = token;
    this.#done = done;
    this.#leave = leave;
    this.element = this.#drawn(order.customer.email);
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  #drawn(value) {
    const attributes = { type: "email", autocomplete: "email", inputmode: "email", maxlength: "254", required: true, spellcheck: "false" };
    const events = { input: () => this.#edited(), change: () => this.#offerLikely() };
    const place = field("new-email", text.address.label, text.address.hint, { ...attributes, ...events, value });
    this.#input = place.querySelector("input");
    place.append(this.#likely);
    const keep = h("button", { type: "button", class: "button second", click: () => this.#stop() }, text.address.keep);
    return h("form", { novalidate: true, submit: (event) => this.#submit(event) }, place, h("p", { class: "actions" }, this.#save, keep), this.#hopes);
  }

  get #email() {
    return this.#input.value.trim();
  }

  #edited() {
    fill(this.#likely);
    if (this.#input.getAttribute("aria-invalid") && !emailProblem(this.#email)) setError(this.#input, "");
  }

  #offerLikely() {
    const meant = likelyAddress(this.#email);
    const take = () => {
      this.#input.value = meant;
      this.#edited();
      this.#input.focus();
    };
    fill(this.#likely, meant && likely(meant, take));
  }

  #stop() {
    const asked = this.#trying !== null;
    this.#trying?.abort();
    this.#leave(asked);
  }

  #submit(submitted) {
    submitted.preventDefault();
    if (this.#trying) return;
    const problem = emailProblem(this.#email);
    if (this.#email === this.#order.customer.email) this.#leave(false);
    else if (problem) this.#refuse(problem);
    else this.#change();
  }

  async #change() {
    const email = this.#email;
    this.#trying = new AbortController();
    const { signal } = this.#trying;
    setError(this.#input, "");
    this.#input.readOnly = true;
    setBusy(this.#save, text.address.saving);
    try {
      const ask = () => api.changeEmail(this.#order.order_number, this.#token, email, signal);
      this.#done(await insist(ask, { signal, again, waiting: (problem) => this.#wait(problem) }));
    } catch (end) {
      const problem = end instanceof Unanswered ? end.problem : end;
      if (!(problem instanceof Problem)) throw end;
      if (!signal.aborted) this.#refuse(wordsOf(problem));
    } finally {
      this.#trying = null;
    }
  }

  /** The order may have ended meanwhile, and the form with it. */
  #refuse(words) {
    if (!this.element.isConnected) return;
    this.#input.readOnly = false;
    setReady(this.#save, text.address.save);
    fill(this.#hopes);
    setError(this.#input, words);
    this.#input.focus();
    announce(words);
  }

  #wait(problem) {
    const words = `${reason(problem)} ${text.retry.step}`;
    if (this.#hopes.textContent === words) return;
    fill(this.#hopes, words);
    announce(words);
  }
}

function wordsOf({ status, detail, errors }) {
  if (errors.length) return sentence(errors[0].reason);
  if (status === 409 || status === 429) return detail ? sentence(detail) : text.trouble.busy;
  return status === 0 ? text.trouble.network : text.address.later;
}
