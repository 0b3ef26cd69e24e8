/** The texts that pages share; `text-*.js` have those of one. Texts from the server are shown as they are. */

import { gettext, ngettext } from "./language.js";

export const text = {
  skip: gettext("Skip to the content"),
  navigation: gettext("Pages"),
  events: gettext("Events"),
  allEvents: gettext("See all events"),
  lostTickets: gettext("Lost your tickets?"),
  footer: gettext("Payments by SumUp. Your card details go to SumUp only; we never see them."),
  aboutShop: gettext("About this shop"),
  links: { imprint: gettext("Imprint"), privacy: gettext("Privacy"), terms: gettext("Terms"), contact: gettext("Contact") },
  language: gettext("Language"),
  offline: gettext("You are offline. Nothing is lost: this page goes on by itself when the connection is back."),
  loading: gettext("Loading …"),
  tryAgain: gettext("Try again"),
  ours: gettext("Your orders on this device"),
  orderTitle: (number) => gettext("Order {number}", { number }),
  free: gettext("Free"),
  total: gettext("Total"),
  tickets: (count) => ngettext("{count} ticket", "{count} tickets", count),
  minutes: (count) => ngettext("{count} minute", "{count} minutes", count),
  admits: (people) => gettext("Admits {people}", { people }),
  closedType: {
    not_yet: ({ sale_starts_text: starts }) => gettext("On sale from {starts}", { starts }),
    ended: () => gettext("No longer on sale"),
    sold_out: () => gettext("Sold out"),
  },

  trouble: {
    title: gettext("We cannot reach the shop"),
    network: gettext("Check your connection, then try again."),
    server: gettext("Something on our side is not working. It is not your fault; please try again in a minute."),
    busy: gettext("Many people are here right now. Please try again in a moment."),
  },

  retry: {
    title: gettext("One moment, please"),
    busy: gettext("Many people are buying right now."),
    silent: gettext("We did not get an answer."),
    broken: gettext("Something on our side is not working. It is not your fault."),
    page: gettext("This page tries again by itself."),
    step: gettext("We try again by ourselves. Please leave this page open."),
    stop: gettext("Stop trying"),
  },

  form: {
    problem: gettext("There is a problem"),
    name: gettext("Full name"),
    nameHint: gettext("As it should appear on the tickets"),
    email: gettext("Email address"),
    emailHint: gettext("We send the tickets here"),
    language: gettext("Language of your tickets and emails"),
    nameMissing: gettext("Enter your full name"),
    emailMissing: gettext("Enter your email address"),
    emailOdd: gettext("Enter an email address like name@example.com"),
    /** What stands before and after the address. */
    emailLikely: gettext("Did you mean {address}?").split("{address}"),
  },

  notFound: {
    title: gettext("There is no such page"),
    text: gettext("The address may be mistyped, or the page has moved."),
  },
};
