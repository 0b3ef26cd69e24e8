/** Elements from data. Text always becomes text nodes, so nothing that is shown is ever read as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Attributes that are null, undefined or false are left out, `true` sets an empty
 * one, functions become listeners of the event that is named (`click`, `input`).
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter(shown));
  return element;
}

const shown = (child) => child !== null && child !== undefined && child !== false && child !== "";

/** Replace everything in the element by these children. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(shown));
}

/** Drawn in strokes on a field of 24 by 24. */
const ICONS = {
  ticket: ["M3 8a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v2a2 2 0 0 0 0 4v2a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-2a2 2 0 0 0 0-4z", "M14.5 6v2M14.5 11v2M14.5 16v2"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  cross: ["M7 7l10 10M17 7L7 17"],
  clock: ["M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17", "M12 7.5v5l3.2 2"],
  card: ["M3 7.5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z", "M3 10h18M6.5 15h4"],
  person: ["M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8", "M4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5"],
  search: ["M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13", "M15.5 15.5l5 5"],
  mail: ["M3 7.5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z", "M3.5 7.5l8.5 6l8.5-6"],
  calendar: ["M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z", "M4 10h16M8 3v4M16 3v4"],
  place: ["M12 21s7-6.3 7-11.5a7 7 0 0 0-14 0c0 5.2 7 11.5 7 11.5z", "M12 7.2a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5"],
  download: ["M12 4v11M7 11l5 5 5-5M5 20h14"],
  wait: ["M12 3.5a8.5 8.5 0 1 1-8.5 8.5"],
};

/** A picture beside a text with the same meaning, so screen readers skip it. */
export function icon(name) {
  const attributes = { class: `icon icon-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" };
  return svg("svg", attributes, ...ICONS[name].map((d) => svg("path", { d })));
}

/** Make an element of a drawing. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
