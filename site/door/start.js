/** The beginning: the address without its secret, the language, then the door. */

import { prepare } from "../assets/language.js";
import { takeLink } from "./pairing.js";

if (location.pathname === "/door/") {
  const link = takeLink();
  // A link that is opened while the page is there changes nothing but the fragment.
  window.addEventListener("hashchange", () => location.reload());
  prepare("/door").then(async () => (await import("./door.js")).open(link));
} else {
  // Neither camera nor worker is allowed beside the folder.
  location.replace(`/door/${location.search}${location.hash}`);
}
