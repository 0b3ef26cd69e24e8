/** The texts of a device without a door. */

import { gettext } from "../assets/language.js";
import { text as shared } from "./text-door.js";

export const text = {
  ...shared,

  pair: {
    title: gettext("This device has no door yet"),
    lead: gettext("The organiser gives you a code for your gate. Point the camera at it."),
    camera: gettext("Scan the pairing code"),
    link: gettext("Or paste the link"),
    linkHint: gettext("It ends in #pair= and a long secret"),
    pair: gettext("Pair this device"),
    pairing: gettext("Pairing …"),
    notALink: gettext("This is not a pairing link"),
    gone: gettext("This link was used before, or is too old. Ask the organiser for a new one."),
    busy: gettext("There is no answer. Check the connection, then try again."),
  },

  install: {
    title: gettext("First put this page on your Home Screen"),
    why: gettext("Otherwise the iPhone may delete your scans."),
    steps: [
      gettext("Tap the Share button of Safari."),
      gettext("Choose “Add to Home Screen”, then “Add”."),
      gettext("Close Safari and open “Door” on the Home Screen."),
      gettext("There, scan the pairing code with this page."),
    ],
    anyway: gettext("Pair in Safari anyway"),
  },
};
