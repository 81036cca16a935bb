// One record behind a number, with the way to it: asked for by its id, and in the vendors' own pages. None for one that
// the touches of a slice's channel earned nothing of.

import { element, words } from "/dom.js";
import { digits } from "/figures.js";

export function recordOf(node, slice, link) {
  const earned = slice && node.attribution ? credits(node.attribution, slice.key) : null;
  if (earned?.length === 0) return null;
  const person = node.__typename === "FunnelPass" ? node.person : node;
  const kind = node.__typename === "Opportunity" ? "Opportunity" : "Person";
  const name = person?.displayName ?? person?.name ?? person?.email;
  const item = element("li", "");
  if (!person) return element("li", "", `Pass ${node.number} of somebody this view does not see`);
  item.append(link(kind, person.id, name ?? `${kind} without a name in this view`));
  const facts = kind === "Opportunity" ? deal(node) : pass(node);
  if (facts.length > 0) item.append(element("span", "note", ...facts.flatMap((fact) => [" · ", fact])));
  const pages = (person.records ?? []).map(page).filter(Boolean);
  if (pages.length > 0) item.append(element("span", "pages", ...pages));
  if (earned) item.append(element("span", "credits", ...earned));
  return item;
}

function pass({ __typename, number, outcome }) {
  return __typename === "FunnelPass" ? [`pass ${number}`, words(outcome ?? "OPEN").toLowerCase()] : [];
}

function deal({ stageCategory, closeDate, amount, account }) {
  const facts = [];
  if (account?.name) facts.push(account.name);
  if (stageCategory) facts.push(`${words(stageCategory).toLowerCase()}${closeDate ? ` ${closeDate}` : ""}`);
  if (amount) facts.push(element("span", "", digits(amount.amount), ` ${amount.currency}`));
  return facts;
}

// Only what leads to a page of the web becomes a link.
function page({ object, externalId, url, source }) {
  const label = `${source?.label ?? ""} ${object}`.trim();
  if (!/^https?:/.test(url ?? "")) return element("span", "note", `${label} ${externalId}`);
  const made = element("a", "", label);
  [made.href, made.target, made.rel, made.title] = [url, "_blank", "noopener noreferrer", externalId];
  return made;
}

// What touches of a channel earned of an opportunity, each for itself; of no channel, what no touch earned.
function credits({ credits: all, unattributed }, channel) {
  const said = ({ amount, currency }, why) => element("span", "", digits(amount), ` ${currency} ${why}`);
  const isSome = ({ amount }) => /[1-9]/.test(amount);
  if (channel === "") return isSome(unattributed) ? [said(unattributed, "earned by no touch")] : [];
  const own = all.filter(({ touchpoint, amount }) => touchpoint?.channel === channel && isSome(amount));
  return own.map(({ touchpoint, amount }) => said(amount, `for the touch of ${touchpoint.occurredAt.slice(0, 10)}`));
}
