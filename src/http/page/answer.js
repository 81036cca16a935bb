// Shows an answer: its books in words, its JSON in colour.

import { element, plural } from "/dom.js";

function duration(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function age(instant) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(instant)) / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return new Date(instant).toLocaleString();
}

function fact(className, bold, ...rest) {
  return element("li", className, element("b", "", bold), ...rest.map((text) => element("span", "word", ` ${text}`)));
}

// What an answer says of itself: how it went, what it cost, whom it asked, how fresh it is, what is missing.
export function summaryOf({ status, id, took, json, unreachable }) {
  const shown = document.createDocumentFragment();
  if (unreachable !== undefined) {
    shown.append(element("p", "said error", `The gateway cannot be reached: ${unreachable}`));
    return shown;
  }
  const errors = json?.errors ?? [];
  const books = json?.extensions?.leadline;
  const facts = element("ul", "");
  if (json?.data && errors.length === 0) facts.append(fact("good", "Answered", `in ${duration(took)}`));
  else if (json?.data) facts.append(fact("warn", "Answered in part", `in ${duration(took)}`));
  else facts.append(fact("bad", "Refused", `with ${status} in ${duration(took)}`));
  if (books) {
    facts.append(fact("", plural(books.cost, "object", "objects"), "at most"));
    const called = books.upstream.filter((used) => used.calls > 0);
    const total = called.reduce((sum, used) => sum + used.calls, 0);
    const who = called.map((used) => `${used.source} ${used.calls}`).join(", ");
    facts.append(fact("", total === 0 ? "No vendor call" : plural(total, "vendor call", "vendor calls"), who));
    for (const used of books.freshness) {
      const stale = used.stale ? ", stale" : "";
      facts.append(fact(used.stale ? "warn" : "", used.source, `read ${age(used.asOf)}${stale}`));
    }
  }
  shown.append(facts);
  for (const gap of books?.gaps ?? []) {
    shown.append(element("p", "said gap", element("code", "", gap.code), ` ${gap.message}`));
  }
  for (const error of errors) {
    const code = element("code", "", error.extensions?.code ?? "");
    const where = error.path ? ` at ${error.path.join(".")}` : place(error.locations);
    shown.append(element("p", "said error", code, ` ${error.message}`, element("span", "word", where)));
  }
  if (json === null) shown.append(element("p", "said error", "The answer is no JSON; it may come from a proxy."));
  if (status >= 500 && id) shown.append(element("p", "note", `Request id ${id}`));
  return shown;
}

function place(locations) {
  return locations?.length ? ` at line ${locations[0].line}, column ${locations[0].column}` : "";
}

const MOST_COLOURED = 400_000;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

// JSON with its keys, texts, numbers and words told apart; a very long one stays plain.
export function highlighted(text) {
  const shown = document.createDocumentFragment();
  if (text.length > MOST_COLOURED) {
    shown.append(text);
    return shown;
  }
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    shown.append(text.slice(from, match.index));
    const [whole, string, colon, number] = match;
    const kind = string ? (colon ? "j-key" : "j-text") : number ? "j-number" : "j-word";
    shown.append(element("span", kind, string ?? whole), colon ?? "");
    from = match.index + whole.length;
  }
  shown.append(text.slice(from));
  return shown;
}
