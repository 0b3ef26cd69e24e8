/** The texts of the page of an order. */

import { gettext, ngettext } from "./language.js";
import { text as shared } from "./text.js";

const { minutes } = shared;

export const text = {
  ...shared,

  address: {
    change: gettext("Change"),
    changeLabel: gettext("Change the email address"),
    label: gettext("New email address"),
    hint: gettext("All emails about this order go here"),
    save: gettext("Save the address"),
    keep: gettext("Keep it as it is"),
    saving: gettext("Saving …"),
    sent: (to) => gettext("Your tickets are on their way to {to}.", { to }),
    changed: (to) => gettext("Done: from now on we write to {to}.", { to }),
    notLoaded: gettext("We cannot reach the shop. Check your connection, then load this page again."),
    later: gettext("The address cannot be changed right now. Please try again in a minute."),
  },

  order: {
    opening: gettext("Your order"),
    steps: gettext("Progress of your order"),
    ordered: gettext("Ordered"),
    paid: gettext("Payment"),
    ready: gettext("Tickets"),
    done: gettext("done"),
    current: gettext("now"),
    dontPay: gettext("Please do not pay again."),
    returnedTitle: gettext("We are checking your payment"),
    returned: gettext("This usually takes a few seconds."),
    pay: (total) => gettext("Pay {total}", { total }),
    payStill: (total) => gettext("I have not paid yet: pay {total}", { total }),
    payRetry: (total) => gettext("Try again: pay {total}", { total }),
    payWorking: gettext("Opening the payment page …"),
    held: (until, left) => {
      const time = left < 1 ? gettext("less than a minute") : minutes(left);
      if (!until) return gettext("Your tickets are held for {time} more.", { time });
      if (left >= 120) return gettext("Your tickets are held until {until}.", { until });
      return gettext("Your tickets are held until {until} ({time} more).", { until, time });
    },
    payLater: gettext("The payment page cannot be opened right now. Nothing was charged. Please try again in a minute."),
    giveUp: gettext("Cancel this order"),
    givingUp: gettext("Cancelling …"),
    giveUpSure: gettext("Cancel this order? Your places go back on sale at once."),
    giveUpLater: gettext("The order cannot be cancelled right now. Please try again in a minute."),
    change: gettext("Change this order"),
    changing: gettext("Opening your order …"),
    changeSure: gettext(
      "Change this order? It is cancelled first. Your places go back on sale while you choose again, and others may take them.",
    ),
    notChanged: gettext("Not all of this order is still on sale, so it cannot be changed. It can be paid as it is."),
    orderAgain: gettext("Go to the event"),
    tickets: gettext("Your tickets"),
    download: (count) => ngettext("Download your ticket (PDF)", "Download your {count} tickets (PDF)", count),
    forPhone: gettext("For your phone (PDF)"),
    preparing: gettext("Preparing …"),
    phoneLater: gettext(
      "The tickets for your phone cannot be made right now. Please try again in a minute. The other PDF works on a phone too.",
    ),
    bring: gettext("Show the code of each ticket at the door."),
    bright: gettext("Turn up the brightness of your screen. While this page is open, the codes stay here without a connection, too."),
    codes: gettext("Codes of your tickets"),
    codeOf: (ticket) => gettext("Code of ticket {ticket}", { ticket }),
    nth: (one, all) => gettext("{one} of {all}", { one, all }),
    drawing: gettext("The files to download are being made. They appear here in a moment."),
    calendar: gettext("Add to your calendar"),
    mail: {
      on_its_way: (to) => gettext("The tickets are on their way to {to}.", { to }),
      sent: (to) => gettext("The tickets were sent to {to}. Not there? Look in the spam folder too.", { to }),
      problem: (to) =>
        gettext("We could not deliver the email to {to}. Your tickets are here to download, and they are valid.", { to }),
      none: () => "",
    },
    resend: gettext("Send the email again"),
    resending: gettext("Sending …"),
    resent: (to) => gettext("Done: the tickets are on their way to {to} again.", { to }),
    resendLimit: gettext("The email was sent again often enough for today. You can download the tickets here."),
    summary: gettext("What you ordered"),
    each: (price) => gettext("{price} each", { price }),
    name: gettext("Name"),
    email: gettext("Email"),
    number: gettext("Order number"),
    event: gettext("Event"),
    when: gettext("When"),
    venue: gettext("Where"),
    help: gettext("Questions about this order?"),
    /** What stands before and after whom to ask. */
    contact: (number) => gettext("Contact {support} and give the order number {number}.", { number }).split("{support}"),
    bookmark: gettext("You can come back to this page in this browser at any time."),
    bookmarkMail: gettext(
      "You can come back to this page in this browser at any time, and with the link in our email from anywhere.",
    ),
    safe: gettext("Your order is safe."),
    lostContact: gettext("We cannot reach the shop right now. Your order is safe. We keep trying."),
    lostContactUnpaid: gettext("If you have paid, do not pay again."),
  },

  back: {
    title: gettext("Open your order by email"),
    words: gettext(
      "If you have just paid, your tickets come by email within minutes; do not pay again. To see your order here, have its link sent to the address you ordered with.",
    ),
    here: gettext("This browser does not know the link to your order. We can email it to the address you ordered with."),
    send: gettext("Send me my tickets and link"),
  },

  card: {
    title: gettext("Pay by card"),
    loading: gettext("Loading the card form …"),
    ready: gettext("Your card details go to SumUp only; we never see them."),
    busy: gettext("Stay on this page. Your bank may ask you to confirm the payment."),
    headline: gettext("Pay for your tickets"),
    words: gettext("Your tickets come as soon as the payment is confirmed."),
    busyHeadline: gettext("Your payment is being made"),
    busyWords: gettext("This usually takes a few seconds."),
    blockedNews: gettext(
      "The card form could not be loaded. A content blocker or the connection may be in its way. Nothing was charged.",
    ),
    instead: gettext("Pay on SumUp’s page instead"),
  },
};
