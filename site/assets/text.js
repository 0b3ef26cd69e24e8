/** Every text of the site, in one place. Texts from the server are shown as they are. */

const tickets = (count) => (count === 1 ? "1 ticket" : `${count} tickets`);

const minutes = (count) => (count === 1 ? "1 minute" : `${count} minutes`);

const duration = (count) => {
  if (count < 120 || count % 60) return minutes(count);
  return `${count / 60} hours`;
};

export const text = {
  skip: "Skip to the content",
  navigation: "Pages",
  events: "Events",
  lostTickets: "Lost your tickets?",
  footer: "Payments by SumUp. Your card details go to SumUp only; we never see them.",
  offline: "You are offline. This page continues by itself when the connection is back.",
  loading: "Loading …",
  tryAgain: "Try again",
  tickets,

  trouble: {
    title: "We cannot reach the shop",
    network: "Check your connection, then try again.",
    server: "Something on our side is not working. It is not your fault; please try again in a minute.",
    busy: "Many people are here right now. Please try again in a moment.",
  },

  form: {
    problem: "There is a problem",
    name: "Full name",
    nameHint: "As it should appear on the tickets",
    email: "E-mail address",
    emailHint: "We send the tickets here",
    language: "Language of your tickets and e-mails",
    languages: { en: "English", fr: "Français" },
    nameMissing: "Enter your full name",
    emailMissing: "Enter your e-mail address",
    emailOdd: "Enter an e-mail address like name@example.com",
  },

  home: {
    title: "What’s on",
    lead: "Choose an event, pay safely, and have your tickets by e-mail.",
    list: "Events on sale",
    emptyTitle: "Nothing on sale right now",
    empty: "New events appear here as soon as tickets go on sale.",
    from: "from",
    free: "Free",
    soldOut: "Sold out",
    ours: "Your orders on this device",
    oursHint: "Only this browser knows this list.",
    forget: "Remove",
    forgetOne: (number) => `Remove order ${number} from this list`,
    forgotten: (number) => `Order ${number} was removed from this list. The order itself is unchanged.`,
  },

  state: {
    paying: "Not paid yet",
    checking: "Payment is being checked",
    preparing: "Tickets are being made",
    completed: "Tickets are ready",
    refunded: "Refunded, tickets are void",
    declined: "Payment declined",
    expired: "Expired",
    failed: "Did not work",
    review: "Being looked at",
  },

  event: {
    missingTitle: "We cannot find this event",
    missing: "It may be over, or the link is not complete.",
    all: "See all events",
    soldOutTitle: "This event is sold out",
    soldOut: "Tickets can come back when an order is not paid for. Please look again later.",
    choose: "1. Choose your tickets",
    left: (count) => (count === 1 ? "The last one" : `${count} left`),
    plenty: "Available",
    soldOutType: "Sold out",
    most: (count) => `At most ${count} per order`,
    quantity: (name) => `How many: ${name}`,
    fewer: (name) => `One fewer: ${name}`,
    more: (name) => `One more: ${name}`,
    details: "2. Your details",
    pay: "3. Pay",
    nothing: "No tickets chosen yet",
    total: "Total",
    sum: (count, total) => `${tickets(count)}, ${total}`,
    payButton: (total) => `Pay ${total}`,
    payNothing: "Pay",
    freeButton: "Get the tickets",
    held: (count) => `Your tickets are held for ${duration(count)} while you pay.`,
    where: "You pay securely with SumUp.",
    working: "Holding your tickets …",
    leaving: "Taking you to the payment page …",
    noneChosen: "Choose at least one ticket",
    tooMany: (count) => `Choose ${count} or fewer`,
    notANumber: "Enter a whole number",
    soldOutMeanwhile: "Some of your tickets were sold while you were choosing. Nothing was ordered.",
    unclear:
      "We did not get an answer, so we do not know whether your order arrived. It is safe to press the " +
      "button again: the same order is never placed twice.",
    openTitle: "You have started an order for this event",
    open: (number) => `Before you order again, see how order ${number} is doing.`,
    openLink: (number) => `Go to order ${number}`,
  },

  order: {
    title: (number) => `Order ${number}`,
    opening: "Your order",
    steps: "Progress of your order",
    ordered: "Ordered",
    paid: "Payment",
    ready: "Tickets",
    done: "done",
    current: "now",
    dontPay: "Please do not pay again.",
    returnedTitle: "We are checking your payment",
    returned: "This usually takes a few seconds.",
    pay: (total) => `Pay ${total}`,
    payStill: (total) => `I have not paid yet: pay ${total}`,
    payRetry: (total) => `Try again: pay ${total}`,
    payWorking: "Opening the payment page …",
    held: (until, left) => {
      const time = left < 1 ? "less than a minute" : minutes(left);
      if (!until) return `Your tickets are held for ${time} more.`;
      return left < 120 ? `Your tickets are held until ${until} (${time} more).` : `Your tickets are held until ${until}.`;
    },
    payLater: "The payment page cannot be opened right now. Nothing was charged. Please try again in a minute.",
    giveUp: "Cancel this order",
    givingUp: "Cancelling …",
    giveUpSure: "Cancel this order? Your places go back on sale at once.",
    giveUpLater: "The order cannot be cancelled right now. Please try again in a minute.",
    orderAgain: "Go to the event",
    tickets: "Your tickets",
    download: (count) => (count === 1 ? "Download your ticket (PDF)" : `Download your ${count} tickets (PDF)`),
    forPhone: "For your phone (PDF)",
    preparing: "Preparing …",
    phoneLater: "The tickets for your phone cannot be made right now. Please try again in a minute. The other PDF works on a phone too.",
    bring: "Show the code at the door, on your phone or on paper. It works without a connection once downloaded.",
    drawing: "Your tickets are being made. The download appears here in a moment.",
    calendar: "Add to your calendar",
    mail: {
      on_its_way: (to) => `The tickets are on their way to ${to}.`,
      sent: (to) => `The tickets were sent to ${to}. Not there? Look in the spam folder too.`,
      problem: (to) => `We could not deliver the e-mail to ${to}. Your tickets are here to download, and they are valid.`,
      none: () => "",
    },
    resend: "Send the e-mail again",
    resending: "Sending …",
    resent: (to) => `Done: the tickets are on their way to ${to} again.`,
    resendLimit: "The e-mail was sent again often enough for today. You can download the tickets here.",
    summary: "What you ordered",
    each: "each",
    name: "Name",
    email: "E-mail",
    number: "Order number",
    event: "Event",
    when: "When",
    venue: "Where",
    help: "Questions about this order?",
    contact: "Contact",
    quote: (number) => `and give the order number ${number}.`,
    bookmark: "You can come back to this page in this browser at any time, and with the link in our e-mail from anywhere.",
    lostContact: "We cannot reach the shop right now. Your order is safe. We keep trying.",
    lostContactUnpaid: "If you have paid, do not pay again.",
    missingTitle: "We cannot open this order",
    missing:
      "The link is not complete, or the order was made in another browser. If you have paid, nothing is lost: " +
      "do not pay again. Open the link in our e-mail, or have it sent to you again.",
    sendLink: "Send me my tickets again",
  },

  card: {
    title: "Pay by card",
    loading: "Loading the card form …",
    ready: "Your card details go to SumUp only; we never see them.",
    busy: "Stay on this page. Your bank may ask you to confirm the payment.",
    headline: "Pay for your tickets",
    words: "Your tickets come as soon as the payment is confirmed.",
    busyHeadline: "Your payment is being made",
    busyWords: "This usually takes a few seconds.",
    blockedNews:
      "The card form could not be loaded. A content blocker or the connection may be in its way. " +
      "Nothing was charged.",
    instead: "Pay on SumUp’s page instead",
  },

  lost: {
    title: "Lost your tickets?",
    lead: "Enter the e-mail address you ordered with. We send your tickets and the links to your orders there again.",
    send: "Send them again",
    sending: "Sending …",
    sentTitle: "Look in your inbox",
    sent: (email) => `If there are orders for ${email}, an e-mail is on its way. It takes a few minutes at most; look in the spam folder too.`,
    other: "Use another address",
    device: "Ordered in this browser? Your orders are also listed on the events page.",
  },

  notFound: {
    title: "There is no such page",
    text: "The address may be mistyped, or the page has moved.",
  },
};
