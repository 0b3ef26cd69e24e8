/** The texts of the page for lost tickets. */

import { gettext } from "./language.js";
import { text as shared } from "./text.js";

export const text = {
  ...shared,

  lost: {
    lead: gettext("Enter the email address you ordered with. We send your tickets there again, and the links to your orders, paid or not."),
    send: gettext("Send them again"),
    sending: gettext("Sending …"),
    sentTitle: gettext("Look in your inbox"),
    sent: (email) =>
      gettext(
        "If there are orders for {email}, an email is on its way. It takes a few minutes at most; look in the spam folder too. You can ask once a day.",
        { email },
      ),
    other: gettext("Use another address"),
    device: gettext("Ordered in this browser? Your orders are also listed on the events page."),
  },
};
