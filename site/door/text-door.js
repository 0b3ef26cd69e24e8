/** The texts of the door's page. Names, types and gates come from the server and are shown as they are. */

import { gettext, ngettext } from "../assets/language.js";

const people = (count) => ngettext("{count} person", "{count} people", count);
const scans = (count) => ngettext("{count} scan", "{count} scans", count);

export const text = {
  title: gettext("Door"),
  language: gettext("Language"),
  tryAgain: gettext("Try again"),
  people,
  /** How a time of the day is written. */
  time: (hours, minutes) => gettext("{hours}:{minutes}", { hours, minutes }),

  bar: {
    online: gettext("Online"),
    offline: (since) => gettext("Offline since {since}", { since }),
    waiting: (count) => gettext("{count} waiting", { count }),
    listOf: (time) => gettext("List {time}", { time }),
    inside: (inside, expected) => gettext("{inside} of {expected} in", { inside, expected }),
  },

  prepare: {
    title: gettext("Getting ready"),
    tickets: (count) => ngettext("{count} ticket loaded", "{count} tickets loaded", count),
    noAnswer: gettext("No answer yet. Trying again …"),
  },

  ready: {
    title: gettext("Ready"),
    doors: (time) => gettext("Doors open at {time}", { time }),
    clock: (minutes) => gettext("This device’s clock is {minutes} min off. Times are corrected.", { minutes }),
    notPersistent: gettext("The browser may clear this page when space runs out. Keep it open until everything is sent."),
    start: gettext("Start scanning"),
    sounds: gettext("Play the three sounds"),
    soundsHint: gettext("High: let in. Three in the middle: ask. Two low: stop."),
    iphone: gettext("If the screen turns off, set Auto-Lock to Never in Settings › Display & Brightness."),
  },

  scan: {
    hint: gettext("Hold the code inside the frame"),
    torch: gettext("Torch"),
    camera: gettext("Camera"),
    type: gettext("Type"),
    more: gettext("More"),
    number: gettext("Ticket number"),
    numberHint: gettext("Printed on the ticket, under the code"),
    check: gettext("Check"),
    cancel: gettext("Cancel"),
    cameraNumber: (number) => gettext("Camera {number}", { number }),
    trouble: {
      refused: [gettext("The camera is not allowed"), gettext("Tap the icon next to the address and allow the camera, then try again.")],
      missing: [gettext("There is no camera"), gettext("Use a scanner that types, or type numbers.")],
      stuck: [gettext("The camera is stuck"), gettext("Close the app and open it again. Nothing is lost.")],
    },
  },

  result: {
    genuine: gettext("Genuine"),
    asking: gettext("asking …"),
    letIn: gettext("Let in"),
    already: gettext("Already in"),
    tooEarly: gettext("Too early"),
    doors: (time) => gettext("doors {time}", { time }),
    genuineNotOnList: gettext("Genuine, not on our list"),
    notOnList: gettext("Not on our list"),
    notValid: gettext("Not valid"),
    otherEvent: gettext("For another event"),
    forged: gettext("Forged"),
    notATicket: gettext("Not a ticket"),
    full: gettext("Not saved"),
    fullHelp: (ticket) => gettext("This device is full: write {ticket} down", { ticket }),
    onList: gettext("On our list"),
    onListHelp: gettext("A number proves nothing: call a supervisor"),
    undone: gettext("Undone"),
    lowered: gettext("Corrected"),
    notDone: gettext("Not done"),
    cloned: gettext("Stop using this device"),
    clonedHelp: gettext("Another device is using its key. Call the organiser."),
    offline: gettext("offline"),
    countedBack: (count) => ngettext("{count} person counted back", "{count} people counted back", count),
    stillIn: (count) => gettext("{people} in with this ticket", { people: people(count) }),
    of: (count, admits) => gettext("{count} of {admits}", { count, admits }),
    next: gettext("Next"),
    fewer: gettext("Fewer went in"),
    fewerHow: gettext("How many went in?"),
    anyway: gettext("Let in anyway"),
    anywayHow: gettext("How many people?"),
  },

  reason: {
    refunded: gettext("refunded"),
    charged_back: gettext("charged back"),
    reissued: gettext("replaced by a new ticket"),
    cancelled: gettext("event cancelled"),
    withdrawn: gettext("withdrawn"),
    not_supervisor: gettext("only a supervisor may do this"),
    too_late: gettext("too late"),
    no_such_scan: gettext("unknown scan"),
    not_admitted: gettext("nobody went in"),
    repeated: gettext("already done"),
    unreadable: gettext("the server cannot read it"),
  },

  leave: {
    door: gettext("Leave this door"),
    sure: gettext("Leave this door? You need a new code to come back."),
    lost: (count) => gettext("Leave, and lose {scans} never sent?", { scans: scans(count) }),
  },

  /** Why nothing can be scanned, and what that means. */
  stopped: {
    revoked: [gettext("This device was switched off"), gettext("Let nobody in. Ask the organiser.")],
    expired: [gettext("This door is closed"), gettext("The pairing of this device has expired.")],
    unknown: [gettext("The shop does not know this device"), gettext("Ask the organiser for a new code.")],
    cancelled: [gettext("The event is cancelled"), gettext("All its tickets are void.")],
    old: [gettext("Update needed"), gettext("Your scans are sent all the same.")],
    tab: [gettext("The door is open in another tab"), gettext("Only one tab may scan.")],
    floor: [gettext("This browser is too old"), gettext("Use Chrome 103, Firefox 114, iOS 17 or newer.")],
    store: [gettext("This browser cannot save anything"), gettext("Leave the private window or free some space, then open the page again.")],
    other: (gate, event) => [
      gettext("This device has another door already"),
      gettext("It is {gate} of {event}. Leave it first to use the new code.", { gate, event }),
    ],
  },

  unsent: (count) => gettext("Keep this page open: {scans} to send", { scans: scans(count) }),
  allSent: gettext("Everything is sent."),
  update: gettext("Update"),
  needsNetwork: gettext("This needs a connection"),
  useThis: gettext("Use this one"),
  keepThis: gettext("Keep this door"),
};
