// Which days are counted: presets of the gateway's own today, days of one's own, and the zone they are days of.

import { $ } from "/dom.js";

const PRESETS = [
  ["last-quarter", "last quarter", (day) => quarter(day, -1)],
  ["this-quarter", "this quarter", (day) => quarter(day, 0)],
  ["last-month", "last month", (day) => months(day.year, day.month - 1, 1)],
  ["this-month", "this month", (day) => months(day.year, day.month, 1)],
  ["last-year", "last twelve months", (day) => months(day.year, day.month - 12, 12)],
  ["this-year", "this year", (day) => months(day.year, 0, 12)],
];

// So many months from this one on, months counted from 0 and on into other years.
function months(year, month, count) {
  const day = (date) => date.toISOString().slice(0, 10);
  return { start: day(new Date(Date.UTC(year, month, 1))), end: day(new Date(Date.UTC(year, month + count, 0))) };
}

function quarter({ year, month }, step) {
  return months(year, (Math.floor(month / 3) + step) * 3, 3);
}

// The day of an instant in a zone.
function today(now, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric", month: "numeric" });
  const [month, year] = parts.format(new Date(now)).split("/").map(Number);
  return { year, month: month - 1 };
}

function periodOf(preset, now) {
  const found = PRESETS.find(([key]) => key === preset);
  return found?.[2](today(now, $("zone").value || "UTC"));
}

// Fills the choices and calls back whenever one is made.
export function begin(now, chosen) {
  for (const [key, label] of PRESETS) $("preset").append(new Option(label, key));
  $("preset").append(new Option("days of my own", ""));
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const others = Intl.supportedValuesOf("timeZone").filter((name) => name !== own && name !== "UTC");
  $("zone").append(new Option("of the settings", ""));
  for (const name of new Set([own, "UTC", ...others])) $("zone").append(new Option(name, name));

  const use = () => {
    const { start, end } = periodOf($("preset").value, now()) ?? {};
    if (!start) return;
    [$("from").value, $("to").value] = [start, end];
  };
  $("when").addEventListener("submit", (event) => event.preventDefault());
  $("preset").addEventListener("change", () => {
    use();
    if ($("preset").value === "") $("from").focus();
    else chosen();
  });
  for (const field of [$("from"), $("to")]) {
    field.addEventListener("change", () => {
      $("preset").value = "";
      $("to").setCustomValidity($("from").value > $("to").value ? "The last day lies before the first." : "");
      if ($("when").reportValidity()) chosen();
    });
  }
  $("zone").addEventListener("change", () => {
    use();
    chosen();
  });
  $("preset").value = "last-quarter";
  use();
}

// Takes over what an address names.
export function take(given) {
  const [from, to] = [given.get("from"), given.get("to")];
  if (from && to && (from !== $("from").value || to !== $("to").value)) {
    [$("preset").value, $("from").value, $("to").value] = ["", from, to];
  }
  if (given.has("zone")) $("zone").value = given.get("zone");
}

// What is asked of every number.
export function asked() {
  const zone = $("zone").value;
  return { period: { start: $("from").value, end: $("to").value }, ...(zone ? { timeZone: zone } : {}) };
}

// Into what a chart of the period is divided, so that it stays legible.
export function bucket() {
  const days = (Date.parse($("to").value) - Date.parse($("from").value)) / 86_400_000;
  if (days <= 31) return "WEEK";
  return days <= 500 ? "MONTH" : "QUARTER";
}

// The address that shows the same.
export function address() {
  const given = new URLSearchParams({ from: $("from").value, to: $("to").value });
  if ($("zone").value) given.set("zone", $("zone").value);
  return `#pipeline?${given}`;
}
