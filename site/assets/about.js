/** What an event says beyond what, where and when: its description, facts, and the organiser's terms. */

import { isWebAddress } from "./api.js";
import { h } from "./dom.js";
import { text } from "./text-event.js";

/** So many parts of a description are seen at once, and lists whole; the rest is one press away. */
const AT_ONCE = 3;

/** The section about an event, or null if it says nothing. */
export function aboutOf(event) {
  const made = blocks(event.description ?? []);
  const [shown, more] = [made.slice(0, AT_ONCE), made.slice(AT_ONCE)];
  const told = facts(event);
  if (!shown.length && !told.length) return null;
  return h(
    "section",
    { class: "panel story", "aria-labelledby": "about" },
    h("h2", { id: "about" }, text.about.title),
    shown,
    more.length > 0 && h("details", {}, h("summary", {}, text.about.more), more),
    told.length > 0 && h("dl", { class: "told" }, told),
  );
}

/** The organiser's terms, or null if there are none. */
export function termsOf({ terms, refunds, organiser }) {
  if (!terms && !refunds) return null;
  return h(
    "div",
    { class: "terms" },
    h("h3", {}, text.about.terms(organiser)),
    refunds && h("p", {}, h("strong", {}, `${text.about.refunds} `), refunds),
    terms && (terms.length > 200 ? h("details", {}, h("summary", {}, text.about.readTerms), h("p", {}, terms)) : h("p", {}, terms)),
  );
}

function facts({ age, access, map_url: map, organiser, contact }) {
  const fact = (name, ...said) => h("div", {}, h("dt", {}, name), h("dd", {}, said));
  return [
    age && fact(text.about.age, age),
    access && fact(text.about.access, access),
    isWebAddress(map) && fact(text.about.map, h("a", { href: map, rel: "noopener" }, text.about.openMap)),
    organiser && fact(text.about.soldBy, organiser, contact && [" · ", reach(contact)]),
  ].filter(Boolean);
}

/** A contact as a link where it is an address of mail or of the web. */
function reach(contact) {
  if (isWebAddress(contact)) return h("a", { href: contact, rel: "noopener" }, contact);
  return /^\S+@\S+\.\S+$/.test(contact) ? h("a", { href: `mailto:${contact}` }, contact) : contact;
}

const LISTS = { item: "ul", numbered_item: "ol" };

/** A description's parts as elements; items that follow each other are one list. */
function blocks(parts) {
  const made = [];
  for (const { kind, spans } of parts) {
    const tag = LISTS[kind];
    if (!tag) made.push(h(kind === "heading" ? "h3" : "p", {}, spans.map(span)));
    else if (made.at(-1)?.localName === tag) made.at(-1).append(h("li", {}, spans.map(span)));
    else made.push(h(tag, {}, h("li", {}, spans.map(span))));
  }
  return made;
}

const TAGS = { strong: "strong", emphasis: "em" };

function span({ text: words, style, url }) {
  const said = TAGS[style] ? h(TAGS[style], {}, words) : words;
  const leads = url && (isWebAddress(url) || url.startsWith("mailto:"));
  return leads ? h("a", { href: url, rel: "noopener" }, said) : said;
}
