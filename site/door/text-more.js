/** The texts behind "More". */

import { gettext } from "../assets/language.js";
import { text as shared } from "./text-door.js";

export const text = {
  ...shared,

  more: {
    title: gettext("More"),
    back: gettext("Back to scanning"),
    search: gettext("Search"),
    searchLabel: gettext("Order, ticket or name"),
    searchHint: gettext("For a name, the first three letters are enough"),
    nothing: gettext("Nothing found"),
    manyFound: gettext("There are more. Type more letters."),
    busy: gettext("Wait a moment, then try again"),
    left: (left, admits) => gettext("{left} of {admits} may still go in", { left, admits }),
    letIn: gettext("Let in"),
    isVoid: gettext("not valid"),
    scans: gettext("Last scans"),
    noScans: gettext("No scans yet"),
    undo: gettext("Undo"),
    undoSure: (ticket) => gettext("Undo this scan of {ticket}? Its people are counted out again.", { ticket }),
    unsent: gettext("waiting"),
    differences: gettext("To look at"),
    noDifferences: gettext("Nothing. The server agrees with the door."),
    done: gettext("Done"),
    counts: gettext("People in"),
    sound: (state) => gettext("Sound: {state}", { state }),
    on: gettext("On"),
    off: gettext("Off"),
    leaveHelp: gettext("Deletes this door from this device."),
  },

  /** What the server judged otherwise than the door; `but` is what the server says. */
  difference: {
    let_in: (time, but) => gettext("Let in offline at {time}, but: {but}", { time, but }),
    fewer: (time, count, places) => gettext("Let in offline at {time}: {people}, though {places} had a place", { time, people: shared.people(count), places }),
    turned_away: (time) => gettext("Turned away at {time}, though there was a place", { time }),
    untold: (time) => gettext("Counted as in at {time}, but the screen never said so", { time }),
    double: (place) => gettext("already in, {place}", { place }),
    only: (count) => gettext("only {people} had a place", { people: shared.people(count) }),
    late: gettext("this device was no longer open"),
  },
};
