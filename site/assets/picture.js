/** How an event looks: its picture, or its date on a colour of its own. */

import { h } from "./dom.js";
import { locale } from "./language.js";

const TINTS = 6;

/**
 * The event's picture, or null. `sizes` says how wide it is shown. Width and height are known before
 * it arrives, so that nothing moves when it does. The last source is for browsers that know no other.
 */
export function pictureOf({ picture }, sizes) {
  const sources = picture?.sources ?? [];
  if (!sources.length) return null;
  const types = [...new Set(sources.map(({ type }) => type))];
  const setOf = (type) => sources.filter((one) => one.type === type).map(({ url, width }) => `${url} ${width}w`).join(", ");
  const { url, width, height } = sources.at(-1);
  const source = (type) => h("source", { type, srcset: setOf(type), sizes });
  const image = h("img", { alt: picture.alt ?? "", width, height, sizes, loading: "lazy", decoding: "async" });
  // An address given before `loading` is fetched at once.
  image.setAttribute("src", url);
  return h("picture", {}, types.map(source), image);
}

/** The date in large letters. It stands beside the same date in words, so screen readers skip it. */
export function dateOf({ event_id: id, starts_at: starts }) {
  const day = new Date(`${starts.slice(0, 10)}T12:00:00Z`); // the venue's own day
  const part = (options) => new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(day);
  return h(
    "div",
    { class: `date tint-${tintOf(id)}`, "aria-hidden": "true" },
    h("span", { class: "weekday" }, part({ weekday: "long" })),
    h("strong", {}, part({ day: "numeric" })),
    h("span", { class: "month" }, part({ month: "long" })),
  );
}

/** The same event has the same colour everywhere, and its neighbours mostly have another. */
function tintOf(id) {
  return Array.from(id).reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7) % TINTS;
}
