/** The beginning of every page: its language first, then what the page is. */

import { prepare } from "./language.js";

const { page } = document.querySelector("script[data-page]").dataset;

prepare().then(() => import(`./${page}.js`));
