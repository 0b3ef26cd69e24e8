/** The texts of the page of an event. */

import { gettext, ngettext } from "./language.js";
import { text as shared } from "./text.js";

const { tickets, minutes } = shared;

const duration = (count) => {
  if (count < 120 || count % 60) return minutes(count);
  return ngettext("{count} hour", "{count} hours", count / 60);
};

export const text = {
  ...shared,

  retry: {
    ...shared.retry,
    order: gettext("Your order is in hand; we try again by ourselves. Please leave this page open."),
    safe: gettext("Nothing is charged before you pay, and the same order is never placed twice."),
    resumed: gettext("We are still trying to place your order."),
    open: gettext("Please leave this page open."),
    asking: gettext("Trying again …"),
    tried: (count, time) =>
      ngettext("Tried once, at {time}.", "Tried {count} times, the last time at {time}.", count, { time }),
    stopped: gettext("We stopped trying."),
    over: gettext("We tried for ten minutes and got no answer."),
    unsure: gettext("We do not know whether your order arrived. If it did and nobody pays for it, it ends by itself."),
    again: gettext("It is safe to press the button again: the same order is never placed twice."),
  },

  about: {
    title: gettext("About this event"),
    more: gettext("Read more"),
    age: gettext("Age"),
    access: gettext("Access"),
    map: gettext("Map"),
    openMap: gettext("See the venue on a map"),
    soldBy: gettext("Sold by"),
    terms: (organiser) => (organiser ? gettext("Terms of {organiser}", { organiser }) : gettext("Terms")),
    refunds: gettext("Refunds:"),
    readTerms: gettext("Read the terms"),
    agree: gettext("I agree to these terms."),
    agreeFirst: gettext("Please agree to the terms to order."),
  },

  event: {
    missingTitle: gettext("We cannot find this event"),
    missing: gettext("It may be over, or the link is not complete."),
    closed: {
      not_on_sale: () => [
        gettext("This event is not on sale"),
        gettext("Tickets cannot be ordered at the moment. If they go on sale, they will be here."),
      ],
      not_yet: ({ sale_starts_text: starts }) => [
        gettext("Tickets are not on sale yet"),
        gettext("The sale begins on {starts}. Keep this page open, and it begins by itself.", { starts }),
      ],
      ended: () => [gettext("The sale has ended"), gettext("Tickets for this event are no longer sold here.")],
      sold_out: () => [
        gettext("This event is sold out"),
        gettext("Tickets can come back when an order is not paid for. Please look again later."),
      ],
      begun: () => [gettext("This event has begun"), gettext("Tickets are no longer sold here.")],
      cancelled: () => [
        gettext("This event is cancelled"),
        gettext("It does not take place. If you have tickets, look in your inbox: that is where news about them goes."),
      ],
    },
    until: (ends) => gettext("On sale until {ends}", { ends }),
    choose: gettext("1. Choose your tickets"),
    left: (count) => ngettext("The last one", "{count} left", count),
    plenty: gettext("Available"),
    most: (count) => gettext("At most {count} per order", { count }),
    quantity: (name) => gettext("How many: {name}", { name }),
    fewer: (name) => gettext("One fewer: {name}", { name }),
    more: (name) => gettext("One more: {name}", { name }),
    details: gettext("2. Your details"),
    pay: gettext("3. Pay"),
    confirm: gettext("3. Confirm"),
    nothing: gettext("No tickets chosen yet"),
    summary: gettext("Your order"),
    onward: gettext("Continue"),
    sum: (count, total) => `${tickets(count)}, ${total}`,
    payButton: (total) => gettext("Pay {total}", { total }),
    payNothing: gettext("Pay"),
    freeButton: gettext("Get the tickets"),
    held: (count) =>
      gettext("You pay securely with SumUp. Your tickets are held for {time} meanwhile.", { time: duration(count) }),
    nothingToPay: gettext("There is nothing to pay. Your tickets come by email at once."),
    working: gettext("Holding your tickets …"),
    leaving: gettext("Taking you to the payment page …"),
    noneChosen: gettext("Choose at least one ticket"),
    tooMany: (count) => gettext("Choose {count} or fewer", { count }),
    notANumber: gettext("Enter a whole number"),
    of: (name, problem) => gettext("{name}: {problem}", { name, problem }),
    noMore: (count) => ngettext("There is only one.", "{count} is the most.", count),
    noFewer: gettext("There are none to take away."),
    takeTheRest: gettext("Go on with what is left"),
    soldOutMeanwhile: gettext("Some of your tickets were sold while you were choosing. Nothing was ordered."),
    openTitle: gettext("You have started an order for this event"),
    open: (number) => gettext("Before you order again, see how order {number} is doing.", { number }),
    openLink: (number) => gettext("Go to order {number}", { number }),
  },
};
