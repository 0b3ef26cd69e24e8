/** This page in each language. */

import { h } from "../assets/dom.js";
import { addressIn, language, languages } from "../assets/language.js";
import { text } from "./text-door.js";

export function languageLinks() {
  const link = ([code, name]) =>
    h("li", {}, h("a", { href: addressIn(code), lang: code, hreflang: code, "aria-current": code === language && "true" }, name));
  return h("nav", { class: "tongues", "aria-label": text.language }, h("ul", {}, Object.entries(languages).map(link)));
}
