/** What all pages share: header, footer, the offline banner, announcements, and loading states. */

import { fill, h, icon } from "./dom.js";
import { shop } from "./shop.js";
import { text } from "./text.js";

export const main = document.getElementById("main");
const announcer = h("div", { class: "unseen", role: "status" });

/** Fill the frame around the page. */
export function openPage(title) {
  setTitle(title);
  fill(document.getElementById("header"), skipLink(), bar());
  fill(document.getElementById("footer"), h("div", { class: "inner" }, h("p", {}, text.footer), h("p", {}, shop.name)));
  document.body.append(announcer);
  watchConnection();
}

export function setTitle(title) {
  document.title = `${title} – ${shop.name}`;
}

/** Announce a text to screen readers; the same text twice is announced twice. */
export function announce(...sentences) {
  announcer.textContent = "";
  setTimeout(() => {
    announcer.textContent = sentences.filter(Boolean).join(" ");
  }, 60);
}

/** The dark head of a page, with its only h1. */
export function band(title, ...below) {
  const heading = h("h1", { id: "title", tabindex: "-1" }, title);
  return h("div", { class: "band" }, h("div", { class: "inner" }, heading, ...below));
}

/** Grey shapes where content will be, and a text for screen readers. */
export function showLoading(title) {
  const shapes = [1, 2, 3].map(() => h("div", { class: "shape" }));
  fill(main, band(title), h("div", { class: "inner body" }, h("p", { class: "unseen" }, text.loading), shapes));
  main.setAttribute("aria-busy", "true");
}

/** Replace the page's content. */
export function show(...content) {
  main.removeAttribute("aria-busy");
  fill(main, ...content);
}

/** A note in a box: `tone` is good, bad, wait or plain. */
export function note(tone, title, ...content) {
  return h("div", { class: `note ${tone}` }, title && h("h2", {}, title), ...content);
}

/** A page that shows what went wrong and offers to try again. */
export function showProblem(title, problem, again) {
  const words = problem.status === 0 ? text.trouble.network : problem.status === 429 ? text.trouble.busy : text.trouble.server;
  const retry = h("button", { type: "button", class: "button", click: again }, text.tryAgain);
  show(band(title), h("div", { class: "inner body narrow" }, note("bad", text.trouble.title, h("p", {}, words), retry)));
  announce(text.trouble.title, words);
}

/** A page without content of its own that links to another. */
export function showDeadEnd(title, words, ...links) {
  setTitle(title);
  show(band(title), h("div", { class: "inner body narrow" }, h("p", { class: "lead" }, words), h("p", { class: "actions" }, links)));
}

/** A link that looks like a button. */
export function linkButton(address, words, ...more) {
  return h("a", { class: ["button", ...more].join(" "), href: address }, words);
}

function skipLink() {
  return h("a", { class: "skip", href: "#main" }, text.skip);
}

function bar() {
  const here = location.pathname.replace(/index\.html$/, "");
  const link = (address, words) => h("a", { href: address, "aria-current": here === address && "page" }, words);
  return h(
    "div",
    { class: "inner bar" },
    h("a", { class: "brand", href: "/" }, icon("ticket"), shop.name),
    h("nav", { "aria-label": text.navigation }, link("/", text.events), link("/lost-tickets/", text.lostTickets)),
  );
}

function watchConnection() {
  const banner = h("div", { class: "offline", role: "status" });
  document.getElementById("header").after(banner);
  const update = () => fill(banner, navigator.onLine ? null : h("p", { class: "inner" }, text.offline));
  window.addEventListener("online", update);
  window.addEventListener("offline", update);
  update();
}
