/** What differs from shop to shop. A deployment may replace this one file. */

export const shop = {
  name: "JerseyEvents",
  /** In the footer of each page; what is empty is left out. `contact` may be an email address. */
  links: { imprint: "", privacy: "", terms: "", contact: "" },
};
