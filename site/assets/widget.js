/** SumUp's card form on our own page. Its reports are not trusted: they only trigger a question to the shop. */

import { isWebAddress } from "./api.js";
import { fill, h } from "./dom.js";
import { locale } from "./language.js";
import { text } from "./text-order.js";

// Some blockers do not refuse a script but let it hang.
const LOAD_MILLISECONDS = 15_000;
// Longer than a bank waits for its customer.
const ANSWER_MILLISECONDS = 10 * 60 * 1000;
const UNDER_WAY = new Set(["sent", "auth-screen"]);
const scripts = new Map();

/**
 * `place` stays where it is for as long as the form is open: a frame that moves begins anew.
 * `report` gets "changed" when `phase` did, "sent" when a payment is on its way, and "over" with
 * the type of SumUp's last report.
 */
export class CardForm {
  /** Null while there is no form; "loading", "ready", "busy" with a payment, or "blocked". */
  phase = null;
  checkoutId = null;
  #report;
  #card = null;
  #turn = 0;
  #news = h("p", { class: "hint" });
  #sheet = h("div", { class: "sheet" });
  #heading = h("h2", { id: "card", tabindex: "-1" }, text.card.title);

  constructor(report) {
    this.#report = report;
    this.place = h("section", { class: "card-form", "aria-labelledby": "card", hidden: true }, this.#heading, this.#news, this.#sheet);
  }

  get open() {
    return this.phase !== null;
  }

  /** Whether the buyer is at it, so that it must not go away for a lesser reason. */
  get held() {
    return this.phase === "busy" || this.#sheet.contains(document.activeElement);
  }

  /** Show the form for {script_url, checkout_id}; `total` is what its button says. */
  async mount({ script_url: address, checkout_id: checkoutId }, total) {
    this.unmount();
    const turn = this.#turn;
    const current = (act) => (...values) => turn === this.#turn && act(...values);
    const blocked = current(() => this.phase === "loading" && this.#enter("blocked"));
    this.checkoutId = checkoutId;
    this.place.hidden = false;
    fill(this.#sheet, h("div", { id: "sumup-card" }));
    this.#enter("loading");
    setTimeout(blocked, LOAD_MILLISECONDS);
    try {
      const SumUpCard = await load(address);
      if (turn !== this.#turn) return;
      this.#card = SumUpCard.mount({
        id: "sumup-card",
        checkoutId,
        amount: total.amount,
        currency: total.currency,
        locale: locale,
        onLoad: current(() => this.#enter("ready")),
        onResponse: current((type) => this.#receive(type)),
      });
    } catch {
      blocked();
    }
  }

  unmount() {
    this.#turn += 1;
    // A frame that is removed takes the focus with it.
    if (this.place.contains(document.activeElement)) document.getElementById("title").focus({ preventScroll: true });
    try {
      this.#card?.unmount();
    } catch {
      // What it leaves behind goes with the sheet.
    }
    this.#card = null;
    this.phase = this.checkoutId = null;
    this.place.hidden = true;
    fill(this.#sheet);
  }

  focus() {
    this.#heading.focus();
  }

  #receive(type) {
    if (type === "invalid") return;
    if (!UNDER_WAY.has(type)) {
      this.#report("over", type);
      return;
    }
    const turn = this.#turn;
    setTimeout(() => turn === this.#turn && this.#report("over", "silence"), ANSWER_MILLISECONDS);
    this.#report("sent");
    this.#enter("busy");
  }

  #enter(phase) {
    this.phase = phase;
    this.place.setAttribute("aria-busy", String(phase === "loading" || phase === "busy"));
    fill(this.#news, text.card[phase] ?? "");
    this.#report("changed");
  }
}

/** SumUp's script, asked for once; again only if it did not come. */
function load(address) {
  if (!scripts.has(address)) scripts.set(address, request(address));
  return scripts.get(address);
}

function request(address) {
  return new Promise((resolve, reject) => {
    const failed = () => {
      scripts.delete(address);
      reject(new Error("the script did not come"));
    };
    if (!isWebAddress(address)) {
      failed();
      return;
    }
    const loaded = () => (window.SumUpCard ? resolve(window.SumUpCard) : failed());
    document.head.append(h("script", { src: address, async: true, load: loaded, error: failed }));
  });
}
