/** The tickets of an order: their codes, the files to download, and the email that brought them. */

import { api, Problem, withToken } from "./api.js";
import { Codes } from "./codes.js";
import { fill, h, icon } from "./dom.js";
import { announce, setBusy } from "./page.js";
import { text } from "./text-order.js";

export class Tickets {
  place = h("div", { class: "part" });
  #codes = new Codes();
  #ask;
  #order = null;
  #token = "";
  #resending = false;
  #preparing = false;
  /** What came of the buyer's last step: {tone, words}. */
  #news = null;
  #shown = "";
  // On a phone the tickets for a phone come first.
  #small = matchMedia("(width < 48rem)");

  /** `ask` has the shop asked how the order stands. */
  constructor(ask) {
    this.#ask = ask;
    this.#small.addEventListener("change", () => this.#draw());
  }

  show(order, token) {
    this.#order = order;
    this.#token = token;
    this.#draw();
  }

  /** Whatever else is asked for: without tickets there are no codes. */
  showCodes() {
    if (this.#order.status === "completed") this.#codes.show(this.#order, this.#token);
    else this.#codes.clear();
  }

  /** Say no more what came of a step. */
  forgetNews() {
    this.#news = null;
    this.#draw();
  }

  /** Draw anew what would look different; the focus stays where it was. */
  #draw() {
    if (!this.#order) return;
    const picture = JSON.stringify([this.#order, this.#resending, this.#preparing, this.#news, this.#small.matches]);
    if (picture === this.#shown) return;
    this.#shown = picture;
    const focused = document.activeElement;
    const inside = this.place.contains(focused);
    fill(this.place, this.#order.status === "completed" ? this.#drawn() : null);
    if (inside && !focused.isConnected) (document.getElementById(focused.id) ?? document.getElementById("title")).focus({ preventScroll: true });
  }

  #drawn() {
    const { customer, mail, tickets_url: drawn, tickets: count, calendar_url: calendar, phone_tickets_url: phone } = this.#order;
    const small = this.#small.matches;
    const files = [
      drawn && this.#download(drawn, "download", text.order.download(count), small && "second"),
      phone && this.#phoneButton(phone),
    ];
    const resend = h("button", { type: "button", id: "resend", class: "button second", click: () => this.#sendAgain() }, text.order.resend);
    if (this.#resending) setBusy(resend, text.order.resending);
    return h(
      "section",
      { class: "panel tickets", "aria-labelledby": "tickets" },
      h("h2", { id: "tickets" }, text.order.tickets),
      h("p", {}, text.order.bring),
      h("p", { class: "hint bright" }, text.order.bright),
      this.#codes.place,
      !drawn && h("p", {}, text.order.drawing),
      h(
        "p",
        { class: "actions" },
        small ? files.reverse() : files,
        calendar && this.#download(calendar, "calendar", text.order.calendar, "second"),
      ),
      h("p", { class: mail === "problem" ? "news bad" : "mail" }, (text.order.mail[mail] ?? text.order.mail.none)(customer.email)),
      drawn && h("p", { class: "actions" }, resend),
      this.#news && h("p", { class: `news ${this.#news.tone}` }, this.#news.words),
    );
  }

  #download(address, picture, words, more) {
    const name = ["button", more].filter(Boolean).join(" ");
    return h("a", { class: name, href: withToken(address, this.#token), download: true }, icon(picture), words);
  }

  /** A link that works by itself; a click first has the tickets drawn, which takes a moment once. */
  #phoneButton(address) {
    const preparing = this.#preparing;
    const name = ["button", !this.#small.matches && "second", preparing && "turning"].filter(Boolean).join(" ");
    // Both texts have their place, so that nothing around them moves.
    const words = (said, seen) => h("span", { class: !seen && "off" }, said);
    const click = (event) => this.#fetchForPhone(event);
    return h(
      "a",
      { class: name, id: "phone", href: withToken(address, this.#token), download: true, "aria-disabled": preparing && "true", click },
      icon(preparing ? "wait" : "download"),
      h("span", { class: "swap" }, words(text.order.forPhone, !preparing), words(text.order.preparing, preparing)),
    );
  }

  async #sendAgain() {
    if (this.#resending) return;
    this.#resending = true;
    this.#news = null;
    this.#draw();
    try {
      await api.resend(this.#order.order_number, this.#token);
      this.#news = { tone: "good", words: text.order.resent(this.#order.customer.email) };
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      const refused = { 409: problem.detail, 429: text.order.resendLimit }[problem.status];
      this.#news = { tone: "bad", words: refused || (problem.status ? text.trouble.server : text.trouble.network) };
    } finally {
      this.#resending = false;
      this.#draw();
      if (this.#news) announce(this.#news.words);
    }
  }

  async #fetchForPhone(event) {
    event.preventDefault();
    if (this.#preparing) return;
    const address = event.currentTarget.href;
    this.#preparing = true;
    this.#news = null;
    this.#draw();
    announce(text.order.preparing);
    try {
      await api.prepare(address);
      location.assign(address);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#news = { tone: "bad", words: problem.passing ? text.order.phoneLater : problem.detail || text.trouble.server };
      if (!problem.passing) this.#ask();
    } finally {
      this.#preparing = false;
      this.#draw();
      if (this.#news) announce(this.#news.words);
    }
  }
}
