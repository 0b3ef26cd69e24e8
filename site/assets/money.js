/** Sums of exact amounts. Only the running total is computed here; the buyer pays the server's total. */

import { locale } from "./language.js";

/** The total of [{price, quantity}] as {amount, currency, text}, or null where there is nothing to add. */
export function totalOf(lines) {
  if (!lines.length) return null;
  const { currency } = lines[0].price;
  const digits = Math.max(...lines.map(({ price }) => decimals(price.amount)));
  const units = lines.reduce((sum, { price, quantity }) => sum + minor(price.amount, digits) * BigInt(quantity), 0n);
  const amount = major(units, digits);
  const format = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return { amount, currency, text: new Intl.NumberFormat(locale, format).format(amount) };
}

export const isFree = (money) => /^[0.]*$/.test(money.amount);

const decimals = (amount) => (amount.split(".")[1] ?? "").length;

function minor(amount, digits) {
  const [whole, fraction = ""] = amount.split(".");
  return BigInt(whole + fraction.padEnd(digits, "0"));
}

function major(units, digits) {
  const all = units.toString().padStart(digits + 1, "0");
  return digits ? `${all.slice(0, -digits)}.${all.slice(-digits)}` : all;
}
