/** What an order's page says beside its status: how far it is, what was ordered, whom to ask. */

import { h, icon } from "./dom.js";
import { isFree } from "./money.js";
import { text } from "./text-order.js";

/** How far an order is, where `reached` is 0 once it is ordered, 1 while it is paid, 2 with its tickets. */
export function stepsOf({ total }, reached) {
  const free = isFree(total);
  if (free) reached = Math.max(reached - 1, 1);
  const step = (words, at) => {
    const known = at < reached ? "done" : at === reached ? "current" : "";
    const said = known && h("span", { class: "unseen" }, ` (${text.order[known]})`);
    const mark = h("span", { class: "mark", "aria-hidden": "true" }, at < reached ? icon("check") : String(at + 1));
    return h("li", { class: known, "aria-current": known === "current" && "step" }, mark, h("span", {}, words, said));
  };
  const all = [text.order.ordered, text.order.paid, text.order.ready];
  return h("ol", { class: "steps", "aria-label": text.order.steps }, (free ? [all[0], all[2]] : all).map(step));
}

/** What was ordered, for which event, by whom; `recipient` is the place of the address. */
export function factsOf(order, recipient) {
  const line = (one) =>
    h(
      "li",
      {},
      h("span", {}, `${one.quantity} × ${one.name}`, h("span", { class: "hint" }, text.order.each(one.price.text))),
      h("span", {}, one.total.text),
    );
  const pair = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
  const { event, customer } = order;
  return h(
    "section",
    { class: "panel", "aria-labelledby": "summary" },
    h("h2", { id: "summary" }, text.order.summary),
    h(
      "div",
      { class: "basket" },
      h("ul", {}, order.lines.map(line)),
      h("p", { class: "foot" }, h("span", {}, text.total), h("strong", {}, isFree(order.total) ? text.free : order.total.text)),
    ),
    h(
      "dl",
      {},
      pair(text.order.number, h("strong", { class: "number" }, order.order_number)),
      pair(text.order.event, event.name),
      pair(text.order.when, event.starts_text),
      pair(text.order.venue, [event.venue, event.address].filter(Boolean).join(", ")),
      pair(text.order.name, customer.name),
      pair(text.order.email, recipient),
    ),
  );
}

/** Whom to ask about an order. */
export function helpWith(number, support, hint = null) {
  const mail = /^[^\s@]+@[^\s@]+$/.test(support);
  const phone = /^\+?[\d\s()-]{5,}$/.test(support);
  const address = mail ? `mailto:${support}?subject=${encodeURIComponent(number)}` : phone ? `tel:${support.replace(/[^\d+]/g, "")}` : null;
  const [before, after] = text.order.contact(number);
  const whom = address ? h("a", { href: address }, support) : support;
  return h(
    "section",
    { class: "help", "aria-labelledby": "help" },
    h("h2", { id: "help" }, text.order.help),
    support && h("p", {}, before, whom, after),
    hint && h("p", { class: "hint" }, hint),
  );
}
