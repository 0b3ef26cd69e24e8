/** The first page: what is on sale, and the orders this browser knows. */

import { api } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { language } from "./language.js";
import { announce, band, fetchPage, note, openPage, show, showProblem } from "./page.js";
import { dateOf, pictureOf } from "./picture.js";
import { forgetOrder, onOrdersChanged, savedOrders } from "./store.js";
import { text } from "./text-home.js";

const orders = h("section", { class: "ours", "aria-labelledby": "ours" });

openPage(text.home.title);
onOrdersChanged(showOrders);
window.addEventListener("pageshow", (event) => event.persisted && load());
load();

async function load() {
  showOrders();
  try {
    const answer = await fetchPage(text.home.title, api.events, load, orders);
    if (answer) show(band(text.home.title, h("p", {}, text.home.lead)), h("div", { class: "inner body" }, list(answer.events), orders));
  } catch (problem) {
    showProblem(text.home.title, problem, load);
    document.querySelector(".body").append(orders);
  }
}

const isOver = ({ sale }) => sale === "sold_out" || sale === "ended";

function list(events) {
  if (!events?.length) return note("plain", text.home.emptyTitle, h("p", {}, text.home.empty));
  const there = [...events.filter((one) => !isOver(one)), ...events.filter(isOver)];
  // The first one is wide on a wide screen; a second one alone would leave half a row empty.
  const wide = (index) => index === 0 || there.length === 2;
  return h("ul", { class: "events", "aria-label": text.home.list }, there.map((one, index) => h("li", { class: wide(index) && "wide" }, card(one))));
}

// How wide a card's picture is: in one, two or three columns.
const SIZES = "(min-width: 64rem) 40rem, (min-width: 44rem) 50vw, 100vw";

function card(event) {
  return h(
    "article",
    { class: closed(event) ? "card gone" : "card" },
    h("div", { class: "face" }, pictureOf(event, SIZES) ?? dateOf(event)),
    h("div", { class: "card-body" }, h("h2", {}, h("a", { href: event.url }, event.name)), facts(event)),
    // The whole card is the link; this part of it only looks like one more.
    h("div", { class: "stub" }, price(event), event.sale === "on_sale" && h("span", { class: "button", "aria-hidden": "true" }, text.home.getTickets)),
  );
}

/** Why nothing of an event can be bought any more, or undefined. */
const closed = (event) => isOver(event) ? text.closedType[event.sale]() : undefined;

function facts(event) {
  const line = (picture, words) => h("p", { class: "fact" }, icon(picture), h("span", {}, words));
  return [line("calendar", event.starts_text), line("place", event.venue)];
}

function price(event) {
  if (event.sale === "not_yet") return h("p", { class: "small" }, text.closedType.not_yet(event));
  if (closed(event)) return h("strong", { class: "badge" }, closed(event));
  if (!event.from_price) return null;
  if (Number(event.from_price.amount) === 0) return h("strong", { class: "price" }, text.free);
  return h("p", {}, h("span", { class: "small" }, `${text.home.from} `), h("strong", { class: "price" }, event.from_price.text));
}

function showOrders() {
  const saved = savedOrders();
  const head = [h("h2", { id: "ours", tabindex: "-1" }, text.ours), h("p", { class: "hint" }, text.home.oursHint)];
  fill(orders, saved.length ? [head, h("ul", { class: "rows" }, saved.map(row))] : null);
}

function row(saved) {
  const address = `/orders/?n=${encodeURIComponent(saved.number)}`;
  const forget = () => {
    forgetOrder(saved.number);
    showOrders();
    (document.getElementById("ours") ?? document.getElementById("title")).focus();
    announce(text.home.forgotten(saved.number));
  };
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("a", { href: address }, saved.event || text.orderTitle(saved.number)),
      h("p", { class: "hint" }, [saved.number, text.state[saved.status], saved.language === language && saved.starts].filter(Boolean).join(" · ")),
    ),
    h("button", { type: "button", class: "quiet", "aria-label": text.home.forgetOne(saved.number), click: forget }, text.home.forget),
  );
}
