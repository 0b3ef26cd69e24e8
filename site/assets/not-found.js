/** The page for addresses that do not exist. */

import { linkButton, openPage, showDeadEnd } from "./page.js";
import { text } from "./text.js";

openPage(text.notFound.title);
showDeadEnd(text.notFound.title, text.notFound.text, linkButton("/", text.allEvents), linkButton("/lost-tickets/", text.lostTickets, "second"));
