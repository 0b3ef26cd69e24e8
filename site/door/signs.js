/** The signs of the outcomes. Shape and word carry the answer where colours do not. */

import { svg } from "../assets/dom.js";

const DRAWINGS = {
  go: [["circle", { cx: 50, cy: 50, r: 44 }], ["path", { d: "M29 52l14 15 29-33" }]],
  ask: [["path", { d: "M50 8l44 80H6z" }], ["path", { d: "M50 38v24M50 73.5v.5" }]],
  stop: [["path", { d: "M32 5h36l27 27v36l-27 27H32L5 68V32z" }], ["path", { d: "M33 33l34 34M67 33L33 67" }]],
  asking: [["path", { d: "M18 50v.1M50 50v.1M82 50v.1", class: "dots" }]],
  done: [["circle", { cx: 50, cy: 50, r: 44 }], ["path", { d: "M64 66V52a12 12 0 0 0-12-12H32M42 30l-10 10 10 10" }]],
};

/** A drawing beside the word that says the same. */
export function sign(tone) {
  const attributes = { class: "outcome-sign", viewBox: "0 0 100 100", "aria-hidden": "true", focusable: "false" };
  return svg("svg", attributes, ...DRAWINGS[tone].map(([tag, shape]) => svg(tag, shape)));
}

const ICONS = {
  torch: "M8 3h8v3l-2 4v10a1 1 0 0 1-1 1h-2a1 1 0 0 1-1-1V10L8 6zM8 6h8M12 12v2",
  camera: "M4 8h3l2-3h6l2 3h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 10a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7",
  type: "M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zM7 10h.1M11 10h.1M15 10h.1M8 14h8",
  more: "M5 7h14M5 12h14M5 17h14",
};

export function icon(name) {
  const attributes = { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" };
  return svg("svg", attributes, svg("path", { d: ICONS[name] }));
}
