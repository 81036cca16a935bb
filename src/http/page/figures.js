// Numbers as the gateway tells them, digit by digit: nothing here rounds, and nothing passes through a float.

import { button, element, words } from "/dom.js";

const NO_VALUE = {
  NO_DATA: "Nothing to count in this period.",
  ZERO_DENOMINATOR: "There is nothing to divide by in this period.",
  TARGET_MET: "The target has been met; nothing is left to cover.",
  IMMATURE: "Too young to tell: nobody of this cohort has had its full time.",
  SUPPRESSED_SMALL_GROUP: "Withheld: fewer people than this view may learn of.",
};

// The same where there is little room; the sentence is then said beside it.
const BRIEFLY = {
  NO_DATA: "none",
  ZERO_DENOMINATOR: "nothing to divide by",
  TARGET_MET: "met",
  IMMATURE: "too young",
  SUPPRESSED_SMALL_GROUP: "withheld",
};

// Digits in groups of three. The gaps are drawn, so that what is copied is what the gateway said.
export function digits(text) {
  const [, sign, whole, rest] = text.match(/^(-?)(\d+)(.*)$/) ?? [null, "", text, ""];
  const shown = element("span", "digits", sign);
  const first = whole.length % 3 || 3;
  shown.append(whole.slice(0, first));
  for (let at = first; at < whole.length; at += 3) shown.append(element("span", "group", whole.slice(at, at + 3)));
  shown.append(rest);
  return shown;
}

// A ratio in percent: the point moves two places, zeros at the end are left out.
export function percent(text) {
  const [, sign, whole, part = ""] = text.match(/^(-?)(\d+)(?:\.(\d+))?$/) ?? [null, "", text];
  const moved = part.padEnd(2, "0");
  const before = `${whole}${moved.slice(0, 2)}`.replace(/^0+(?=\d)/, "");
  const after = moved.slice(2).replace(/0+$/, "");
  return `${sign}${before}${after ? `.${after}` : ""}`;
}

// A value with its unit.
export function shown(value, unit, currency) {
  const said = (number, ...after) => element("span", "amount", number, ...after.flatMap((text) => [text.length === 1 ? "\u00a0" : " ", element("span", "unit", text)]));
  switch (unit) {
    case "RATIO":
      return said(digits(percent(value)), "%");
    case "MULTIPLE":
      return said(digits(value), "×");
    case "MONEY":
      return said(digits(value), currency ?? "");
    case "MONEY_PER_DAY":
      return said(digits(value), `${currency ?? ""} a day`);
    case "DAYS":
      return said(digits(value), "days");
    default:
      return said(digits(value));
  }
}

// Why there is no number, in a sentence; none where there is one.
export function sentence({ status, warnings }) {
  if (status === "OK") return null;
  const missing = status === "NO_DATA" ? warnings?.[0]?.message : null;
  return missing ?? NO_VALUE[status] ?? words(status);
}

// A value, or the sentence instead of it.
export function valueOf(metric) {
  const why = sentence(metric);
  if (why) return element("span", "why", why);
  return shown(metric.value, metric.unit, metric.currency);
}

// A value for a narrow place.
export function briefly(metric) {
  const why = sentence(metric);
  if (!why) return valueOf(metric);
  const said = element("span", "why", BRIEFLY[metric.status] ?? why);
  said.title = why;
  return said;
}

// A figure that opens its panel.
export function figure(className, label, value, note, open) {
  const made = button(`figure ${className}`, () => open(made), element("span", "label", label), value);
  made.setAttribute("aria-haspopup", "dialog");
  if (note) made.append(element("span", "note", note));
  return made;
}

// How long a bar is drawn, in hundredths of the longest. For drawing alone.
export function share(value, longest) {
  const part = (Number(value) / Number(longest)) * 100;
  return Number.isFinite(part) ? Math.max(0, Math.min(100, part)) : 0;
}

export function bar(part) {
  const made = element("span", "bar");
  made.ariaHidden = "true";
  const filled = element("span", "filled");
  filled.style.width = `${part}%`;
  made.append(filled);
  return made;
}
