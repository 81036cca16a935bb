// The panel of one figure: its formula in words, how it was made, what to know of the data, and the records behind it.

import { $, button, element, plural, words } from "/dom.js";
import { digits, sentence, shown, valueOf } from "/figures.js";
import { TITLES } from "/money.js";
import { ask } from "/query.js";
import * as questions from "/questions.js";
import { recordOf } from "/records.js";
import { session } from "/session.js";

const PAGE = 20;
let current = null;

export function begin() {
  $("panel-close").addEventListener("click", () => $("panel").close());
  // A click beside the panel closes it.
  $("panel").addEventListener("click", (event) => {
    if (event.target === $("panel") && event.clientX < $("panel").getBoundingClientRect().left) $("panel").close();
  });
  $("panel").addEventListener("close", () => {
    const from = current?.from;
    current = null;
    from?.focus();
  });
}

// Opens the panel of a figure: `input` is the question; `side` says that the figure is what is divided or what it is
// divided by, `slice` that it is one channel's part.
export async function open(figure) {
  current = figure;
  $("panel-title").textContent = figure.title ?? TITLES[figure.input.kind] ?? words(figure.input.kind);
  $("panel-body").replaceChildren(element("p", "note", "Counting…"));
  $("panel").showModal();
  $("panel").scrollTop = 0;
  const metric = await load(figure, null);
  if (current !== figure || !metric) return;
  $("panel-body").replaceChildren(...books(figure, metric), ...records(figure, metric));
}

async function load(figure, after) {
  const [query, variables] = asked(figure, after);
  const came = await session.send({ query, variables }).catch((error) => ({ unreachable: error.message }));
  const metric = came.json?.data?.metric;
  if (current !== figure) return null;
  if (metric) return metric;
  const why = came.unreachable ?? came.json?.errors?.[0]?.message ?? `The gateway answered ${came.status}.`;
  $("panel-body").replaceChildren(element("p", "said error", why));
  return null;
}

function asked({ input, slice }, after) {
  // A channel's part comes of touches where a model credits it, and is asked for with what each touch earned.
  const model = slice ? (input.model ?? "") : undefined;
  return [questions.number(model), { input, first: PAGE, after }];
}

function books({ side, slice, input }, metric) {
  const part = slice ? { ...metric, ...slice } : metric;
  const told = side && metric[side] !== null ? shown(metric[side], "COUNT") : valueOf(part);
  const all = [element("p", "large", told)];
  all.push(formula(metric.formula, side));
  const facts = element("dl", "facts");
  const fact = (name, ...value) => facts.append(element("dt", "", name), element("dd", "", ...value));
  const exact = (name, value) => value !== null && value !== undefined && fact(name, digits(value));
  fact("Status", element("code", "", part.status), sentence(part) ? ` ${sentence(part)}` : "");
  if (!side) exact("Value", part.value);
  exact("Numerator", part.numerator);
  exact("Denominator", part.denominator);
  exact("Median", metric.median);
  exact("Nine of ten within", metric.p90);
  exact("Target", metric.target);
  for (const { name, value, unit } of part.parts) {
    fact(words(name.replace(/[A-Z]/g, " $&")), value === null ? "no value" : shown(value, unit, metric.currency));
  }
  fact("Sample", digits(String(part.sample)));
  fact("Variant", ...variants(metric.variant));
  fact("Period", `${metric.period.start} to ${metric.period.end}, days of ${metric.timeZone}`);
  fact("As of", instant(metric.asOf, metric.timeZone));
  if (["MONEY", "MONEY_PER_DAY"].includes(metric.unit)) fact("Currency", metric.currency);
  all.push(facts);
  for (const { code, message, examples } of metric.warnings) {
    const said = element("p", "said gap", element("code", "", code), ` ${message}`);
    for (const [place, id] of examples.entries()) said.append(" ", recordLink("Opportunity", id, `Example ${place + 1}`));
    all.push(said);
  }
  const again = button("quiet", () => {
    const [query, variables] = asked({ input, slice }, null);
    $("panel").close();
    ask(query, variables);
  }, "Open as a query");
  all.push(element("p", "", again));
  return all;
}

// The formula; where the figure is one side of it, that side stands out.
function formula(text, side) {
  const sides = text.split(" ÷ ");
  const shown = element("p", "formula");
  if (!side || sides.length !== 2) {
    shown.append(text);
  } else {
    const [above, below] = sides.map((part, place) => element((place === 0) === (side === "numerator") ? "strong" : "span", "", part));
    shown.append(above, " ÷ ", below);
  }
  return shown;
}

function variants(list) {
  if (list.length === 0) return ["the only one there is"];
  return list.map(({ name, value }) => element("code", "", `${name}: ${value}`)).flatMap((code) => [code, " "]);
}

function instant(text, zone) {
  const made = element("time", "", new Intl.DateTimeFormat(undefined, { timeZone: zone, dateStyle: "medium", timeStyle: "medium" }).format(new Date(text)));
  made.dateTime = text;
  made.title = text;
  return made;
}

function recordLink(kind, id, label) {
  const link = element("a", "", label);
  link.href = "#query";
  link.addEventListener("click", (event) => {
    event.preventDefault();
    $("panel").close();
    ask(questions.record(kind), { id });
  });
  return link;
}

function records(figure, metric) {
  const found = metric.contributors;
  if (!found) return [element("p", "note", "The records behind it are withheld from this view.")];
  const { slice } = figure;
  const title = element("h3", "", slice ? "Credited for, among " : "");
  title.append(plural(found.totalCount, "record", "records"), slice ? " behind the whole number" : " behind it");
  const list = element("ol", "records");
  const looked = element("span", "note");
  let count = 0;
  const more = button("", async () => {
    more.disabled = true;
    const next = await load(figure, more.dataset.after);
    if (!next) return;
    const first = list.children.length;
    add(next.contributors);
    list.children[first]?.querySelector("a")?.focus();
  }, "More");
  const add = ({ nodes, pageInfo }) => {
    list.append(...nodes.map((node) => recordOf(node, slice, recordLink)).filter(Boolean));
    count += nodes.length;
    looked.textContent = pageInfo.hasNextPage ? ` ${count} of ${found.totalCount} looked at` : "";
    more.dataset.after = pageInfo.endCursor;
    more.disabled = false;
    more.hidden = !pageInfo.hasNextPage;
  };
  add(found);
  return [title, list, element("p", "", more, looked)];
}
