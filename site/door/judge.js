/** What a device without an answer decides, in the form in which the server answers. Nothing here asks or waits. */

const REFUSED = { offline: true, count: 0, left: 0, admits: 1, holder: "", type: "", first: null, reason: "", since: null, event: "" };

/**
 * Judge what was read: {kind, ticket, event}. `book` knows tickets and admissions; `about` is the event's
 * document; `gates` names devices; `now` is in milliseconds. `override` is what a supervisor has decided to
 * overlook, and `people` how many that lets in; a number that was typed, `byHand`, lets in with a ticket of
 * the list only. The order counts: an altered ticket that is void is altered.
 */
export function judge({ kind, ticket, event }, { book, about, gates, now, byHand = false, override = "", people = 0 }) {
  if (kind === "foreign") return { ...REFUSED, verdict: "foreign" };
  if (kind === "wrong_event") return { ...REFUSED, verdict: "wrong_event", ticket, event };
  if (kind === "altered") return { ...REFUSED, verdict: "altered", ticket };
  const known = book.find(ticket);
  const facts = { ...REFUSED, ticket, ...described(known, about) };
  if (known?.state === "x") return { ...facts, verdict: "void" };
  if (!known && byHand) return { ...facts, verdict: "unknown" };
  const left = facts.admits - book.taken(ticket);
  if (left < 1 && override !== "already") return { ...facts, verdict: "already", first: firstOf(book, ticket, gates) };
  const doors = Date.parse(about.event.doors_at ?? "");
  if (now < doors && !override) return { ...facts, verdict: "not_yet", since: about.event.doors_at, left };
  const count = people || Math.max(left, 1);
  return { ...facts, verdict: known ? "admitted" : "unknown", count, left: Math.max(0, left - count) };
}

/** What is known of the ticket itself; one that is not on the list admits one person. */
function described(known, about) {
  const type = about.types.find(({ sku }) => sku === known?.sku);
  return { admits: known?.admits ?? 1, type: type?.name ?? "", holder: known?.name ?? "" };
}

function firstOf(book, ticket, gates) {
  const [first] = book.admissionsOf(ticket);
  return first ? { at: new Date(first.at).toISOString(), gate: gates[first.device] ?? "", device: first.device } : null;
}

/** Whether people may go in. `unknown` is a go only where the device had to decide alone. */
export const letsIn = ({ verdict, count, offline }) => count > 0 && (verdict === "admitted" || (verdict === "unknown" && offline === true));

/**
 * How the server's verdict on an entry differs from what the door did: `let_in` although the server found no
 * place for all of them, `fewer` if it found place for more, `turned_away` although there was place, `untold`
 * if it counted people and nobody saw an outcome; "" if all is well, or a supervisor knew.
 * `shown` is what the screen told the steward, null if it told nothing.
 */
export function differenceOf({ action, override, shown, result }) {
  if (action !== "admit" || !result) return "";
  const { verdict, count } = result;
  if (!shown) return verdict === "admitted" && count ? "untold" : "";
  if (verdict === "undone") return "turned_away";
  if (verdict === "lowered") return "fewer";
  const isAgreed = verdict === "admitted" || (verdict === "double" && override === "already");
  return letsIn(shown) && !isAgreed ? "let_in" : "";
}
