/** Changing an unpaid order: it is given up, and its event opens with what was chosen. */

import { api, STALE_MILLISECONDS } from "./api.js";
import { inLanguage } from "./language.js";
import { saveDraft } from "./store.js";
import { text } from "./text-order.js";

const isSold = ({ sale } = {}) => sale === "on_sale" || sale === "sold_out"; // perhaps by this very order

/** Why the order could not be ordered again; null if it could. An order may be paid after its sale has ended. */
export async function obstacle({ event, lines }) {
  const fresh = await api.event(event.event_id).catch(() => null);
  if (!fresh) return text.order.giveUpLater;
  const all = lines.every(({ sku }) => isSold(fresh.ticket_types.find((type) => type.sku === sku)));
  return isSold(fresh) && all ? null : text.order.notChanged;
}

/** Open the event at `address` with what the order had. */
export function chooseAgain({ event, lines, customer }, address) {
  const wanted = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  saveDraft(event.event_id, { event_id: event.event_id, lines: wanted, customer, agreed: false });
  // By then no cache knows these places as taken.
  setTimeout(() => location.assign(inLanguage(address)), STALE_MILLISECONDS);
}
