/** What the server judged otherwise than the door, in words. */

import { text } from "./text-more.js";
import { placeOf, timeAt, wordingOf } from "./wording.js";

/** A line for the supervisor: what the door did, and what the server says of it. */
export function differenceIn({ entry, difference }, session) {
  const time = timeAt(Date.parse(entry.at) + entry.offset_ms, session.about.event.time_zone);
  const { verdict, first, count } = entry.result;
  if (difference === "fewer") return text.difference.fewer(time, entry.shown.count, entry.shown.count + count);
  if (difference !== "let_in") return text.difference[difference](time);
  if (verdict === "after_revocation") return text.difference.let_in(time, text.difference.late);
  if (first) return text.difference.let_in(time, text.difference.double(placeOf(first, session)));
  // Some were counted with the scan that had no answer in time, and `count` are those beyond.
  if (verdict === "double" && count < entry.shown.count) return text.difference.let_in(time, text.difference.only(entry.shown.count - count));
  const { word, detail } = wordingOf(entry.result, session);
  return text.difference.let_in(time, [word, detail].filter(Boolean).join(", ").toLowerCase());
}
