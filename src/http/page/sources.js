// How fresh each source is, and how far it has been captured.

import { element, plural, words } from "/dom.js";
import { digits } from "/figures.js";

function ago(now, instant) {
  if (!instant) return "never";
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(instant)) / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

function left(seconds) {
  return seconds < 90 ? `${seconds} s left` : `${Math.round(seconds / 60)} min left`;
}

function state(stream) {
  if (stream.message) return stream.message;
  if (stream.caughtUp) return "caught up";
  if (stream.secondsLeft !== null) return left(stream.secondsLeft);
  return stream.rows > 0 ? "being read" : "waiting";
}

function streams(now, list) {
  const head = element("tr", "");
  for (const name of ["Stream", "Rows of the last pass", "Read through", "State"]) {
    const cell = element("th", name.startsWith("Rows") ? "number" : "", name);
    cell.scope = "col";
    head.append(cell);
  }
  const rows = list.map((stream) => {
    const name = element("th", "", words(stream.stream));
    name.scope = "row";
    const count = element("td", "number", digits(String(stream.rows)));
    if (stream.total !== null) count.append(" of ", digits(String(stream.total)));
    return element("tr", "", name, count, element("td", "", ago(now, stream.freshAsOf)), element("td", "", state(stream)));
  });
  return element("div", "scrolled", element("table", "", element("thead", "", head), element("tbody", "", ...rows)));
}

function captured(now, list) {
  if (!list) return [element("p", "note", "Not captured: no number counts it.")];
  const through = list.filter((stream) => stream.caughtUp);
  const progress = element("progress", "");
  [progress.max, progress.value] = [list.length, through.length];
  const said = through.length === list.length
    ? `All ${list.length} streams are captured`
    : `${through.length} of ${plural(list.length, "stream", "streams")} captured`;
  progress.ariaLabel = said;
  const details = element("details", "", element("summary", "", said), streams(now, list));
  return [progress, details];
}

export function sources({ now, sources: all }) {
  const cards = all.map(({ source, health, freshAsOf, quotaRemaining, message, capture }) => {
    const name = element("h3", "", source.label, " ", element("span", "note", words(source.side).toLowerCase()));
    const facts = element("p", "", element("span", `health ${health}`, words(health)));
    facts.append(` · answered ${ago(now, freshAsOf)}`);
    if (quotaRemaining !== null && quotaRemaining !== undefined) {
      facts.append(" · ", digits(String(quotaRemaining)), " calls left today");
    }
    const card = element("article", "", name, facts);
    if (message) card.append(element("p", "said gap", message));
    card.append(...captured(now, capture));
    return card;
  });
  return element("div", "cards", ...cards);
}
