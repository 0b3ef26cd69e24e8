/** What the buyer of an event that was moved may ask for. Few orders need it, so their page loads it later. */

import { api } from "./api.js";
import { h } from "./dom.js";
import { gettext } from "./language.js";

const REFUND = {
  id: "refund",
  ask: api.askRefund,
  words: gettext("Ask for my money back"),
  busy: gettext("Asking …"),
  sure: gettext("Ask for your money back? Once you have it, your tickets are void."),
  later: gettext("We cannot note this right now. Please try again in a minute."),
};
const offered = (until) =>
  gettext("This event was moved. If the new time does not suit you, you can ask for your money back until {until}.", { until });
const ASKED = gettext("You asked for your money back. We will write to you as soon as it is on its way. Until then your tickets are valid.");

/** `button` makes the button that asks. */
export function refundOffer({ asked, until_text: until }, button) {
  if (asked) return h("p", { class: "news good" }, ASKED);
  return [h("p", {}, offered(until)), h("p", { class: "actions" }, button(REFUND))];
}
