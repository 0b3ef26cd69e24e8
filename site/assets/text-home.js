/** The texts of the first page. */

import { gettext } from "./language.js";
import { text as shared } from "./text.js";

export const text = {
  ...shared,

  home: {
    title: gettext("What’s on"),
    lead: gettext("Choose an event, pay safely, and have your tickets by email."),
    list: gettext("Events on sale"),
    emptyTitle: gettext("Nothing on sale right now"),
    empty: gettext("New events appear here as soon as tickets go on sale."),
    from: gettext("from"),
    getTickets: gettext("Get tickets"),
    oursHint: gettext("Only this browser knows this list."),
    forget: gettext("Remove"),
    forgetOne: (number) => gettext("Remove order {number} from this list", { number }),
    forgotten: (number) => gettext("Order {number} was removed from this list. The order itself is unchanged.", { number }),
  },

  state: {
    paying: gettext("Not paid yet"),
    checking: gettext("Payment is being checked"),
    preparing: gettext("Tickets are being made"),
    completed: gettext("Complete"),
    refunded: gettext("Refunded, tickets are void"),
    cancelled: gettext("Event cancelled, tickets are void"),
    declined: gettext("Payment declined"),
    expired: gettext("Expired"),
    failed: gettext("Did not work"),
    review: gettext("Being looked at"),
  },
};
