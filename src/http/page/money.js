// Win rate, velocity, revenue and cost, and who is credited for what was won.

import { element, words } from "/dom.js";
import { bucketName } from "/funnel.js";
import { bar, briefly, digits, figure, sentence, share, shown, valueOf } from "/figures.js";

export const TITLES = {
  LEAD_TO_OPPORTUNITY: "Lead to opportunity",
  OPPORTUNITY_TO_CLOSE: "Opportunity to customer",
  FIRST_TOUCH_TO_CLOSE: "First touch to close",
  MQL_TO_SAL: "MQL to SAL",
  MQL_TO_SQL: "MQL to SQL",
  SQL_TO_CUSTOMER: "SQL to customer",
  CUSTOMER_ACQUISITION_RATE: "Lead to customer",
  REVENUE_PER_LEAD_SOURCE: "Revenue by channel",
};

const WIN = [
  { name: "win COUNT", kind: "WIN_RATE", title: "Win rate by count", winRateBasis: "COUNT" },
  { name: "win AMOUNT", kind: "WIN_RATE", title: "Win rate by amount", winRateBasis: "AMOUNT" },
  { name: "win CREATED_COHORT", kind: "WIN_RATE", title: "Win rate of created", winRateBasis: "CREATED_COHORT" },
  { name: "win SQL_COHORT", kind: "WIN_RATE", title: "Win rate of SQL", winRateBasis: "SQL_COHORT" },
];

const TIMES = [
  { name: "SALES_CYCLE", kind: "SALES_CYCLE", title: "Sales cycle" },
  { name: "cycle LEAD", kind: "SALES_CYCLE", title: "From lead to sale", cycleAnchor: "LEAD" },
  { name: "FIRST_TOUCH_TO_CLOSE", kind: "FIRST_TOUCH_TO_CLOSE" },
];

const MONEY = [
  { name: "REVENUE_WON", kind: "REVENUE_WON" },
  { name: "PIPELINE_CREATED", kind: "PIPELINE_CREATED" },
  { name: "WEIGHTED_PIPELINE", kind: "WEIGHTED_PIPELINE", title: "Weighted pipeline" },
  { name: "PIPELINE_COVERAGE", kind: "PIPELINE_COVERAGE", title: "Coverage" },
  { name: "MARKETING_SOURCED_SHARE", kind: "MARKETING_SOURCED_SHARE", title: "Sourced by marketing" },
  { name: "MARKETING_INFLUENCED_SHARE", kind: "MARKETING_INFLUENCED_SHARE", title: "Influenced by marketing" },
  { name: "COST_PER_CUSTOMER", kind: "COST_PER_CUSTOMER", title: "Cost per customer" },
  { name: "cost LOADED", kind: "COST_PER_CUSTOMER", title: "Cost with sales", costBasis: "LOADED" },
  { name: "RETURN_ON_SPEND", kind: "RETURN_ON_SPEND", title: "Return on spend" },
];

export const wanted = () => [...WIN, ...TIMES, { name: "PIPELINE_VELOCITY", kind: "PIPELINE_VELOCITY" }, ...MONEY];

function figuresOf(list, numbers, note, open) {
  const found = list.map((one) => ({ ...one, ...numbers.get(one.name) })).filter(({ metric }) => metric);
  return element("div", "figures", ...found.map((one) =>
    figure("", one.title, valueOf(one.metric), note(one), (from) => open({ ...one, from }))));
}

// What was divided by what.
function divided({ metric }, by = "of") {
  if (metric.numerator === null) return null;
  return element("span", "", digits(metric.numerator), ` ${by} `, digits(metric.denominator));
}

export function winRates(numbers, open) {
  return figuresOf(WIN, numbers, divided, open);
}

// The win rate along the period, a column for each part of it.
export function winTrend(asked, metric, bucket, open) {
  const points = metric.series ?? [];
  if (points.every(({ value }) => value === null)) return "";
  const columns = points.map((point) => {
    const name = bucketName(point.start, bucket);
    const told = { ...point, unit: metric.unit };
    const title = `${asked.title}, ${name}`;
    const period = { start: point.start, end: point.end };
    const column = figure("column", name, briefly(told), null, (from) => open({ input: { ...asked.input, period }, title, from }));
    const rod = element("span", "rod");
    rod.style.height = `${share(point.value ?? 0, 1)}%`;
    column.prepend(element("span", "shaft", rod));
    column.setAttribute("aria-label", `${title}: ${sentence(told) ?? column.querySelector(".amount").textContent}`);
    return element("li", "", column);
  });
  return element("ol", "columns", ...columns);
}

// The velocity as the product it is, and the times behind it.
export function velocity(numbers, open) {
  const all = [];
  const found = numbers.get("PIPELINE_VELOCITY");
  if (found) {
    const { metric } = found;
    const part = (name) => metric.parts.find((one) => one.name === name);
    const factor = (name, label) => {
      const { value, unit } = part(name) ?? {};
      const said = value == null ? element("span", "why", "unknown") : shown(value, unit, metric.currency);
      return element("span", "factor", said, element("span", "note", label));
    };
    const sign = (text) => element("span", "sign", text);
    const product = element("p", "product", factor("open", "open"), sign("×"), factor("averageWon", "average won"), sign("×"));
    product.append(factor("winRate", "win rate"), sign("÷"), factor("meanCycleDays", "mean cycle"));
    all.push(element("div", "figures", figure("main", "Pipeline velocity", valueOf(metric), null, (from) => open({ ...found, from }))));
    if (metric.parts.length > 0) all.push(product);
  }
  const note = ({ metric }) => (metric.median === null ? null : `median ${metric.median}, nine of ten within ${metric.p90}`);
  all.push(figuresOf(TIMES, numbers, note, open));
  return all;
}

export function money(numbers, open) {
  const note = ({ kind, metric }) => {
    const part = (name) => metric.parts.find((one) => one.name === name)?.value;
    if (kind === "PIPELINE_COVERAGE" && part("required")) return `${part("required")} × required`;
    if (metric.unit === "RATIO") return divided({ metric });
    return kind === "COST_PER_CUSTOMER" ? divided({ metric }, "for") : null;
  };
  return figuresOf(MONEY, numbers, note, open);
}

export const MODELS = [
  "FIRST_TOUCH", "LEAD_CREATION", "LAST_TOUCH", "LINEAR", "POSITION_BASED", "U_SHAPED", "U_SHAPED_EVEN", "W_SHAPED",
  "FULL_PATH", "TIME_DECAY", "J_SHAPED", "INVERSE_J_SHAPED",
];

// The question behind one channel's part. Credited to lead sources, it is the number of that channel alone; credited to
// touches, it is the whole number, of whose records the panel tells what the channel's touches earned.
function ofSlice({ input }, slice, { agreement }) {
  if (input.model || agreement || slice.key === "") return { input, slice };
  return { input: { ...input, channels: [slice.key] } };
}

// `W_SHAPED` as its users write it.
export function modelName(model) {
  return words(model).replace(/\b([a-z]) shaped/i, (_, letter) => `${letter.toUpperCase()}-shaped`);
}

// What each channel brought in, by the model that is chosen.
export function channels(asked, metric, open) {
  if (sentence(metric)) return element("p", "why", sentence(metric));
  const longest = Math.max(...metric.by.map(({ value }) => Number(value ?? 0)));
  const head = element("tr", "");
  for (const name of ["Channel", "Credited", "Leads", "Per lead"]) {
    const cell = element("th", name === "Channel" ? "" : "number", name);
    cell.scope = "col";
    head.append(cell);
  }
  const byCredit = metric.by.toSorted((one, other) => Number(other.value ?? 0) - Number(one.value ?? 0));
  const rows = byCredit.map((slice) => {
    const label = slice.key === "" ? "No channel" : words(slice.label);
    const name = element("th", "", label);
    name.scope = "row";
    const told = { ...slice, unit: metric.unit, currency: "" };
    const title = `Revenue credited to ${label.toLowerCase()}`;
    const credited = figure("cell", "", briefly(told), null, (from) => open({ ...ofSlice(asked, slice, metric), title, from }));
    credited.setAttribute("aria-label", `${title}: ${sentence(told) ?? `${credited.textContent} ${metric.currency}`}`);
    const perLead = slice.parts.find((part) => part.name === "perLead")?.value;
    const cell = element("td", "number", credited);
    if (slice.value !== null) cell.append(bar(share(slice.value, longest)));
    const leads = element("td", "number", slice.denominator === null ? "–" : digits(slice.denominator));
    return element("tr", "", name, cell, leads, element("td", "number", perLead ? digits(perLead) : "–"));
  });
  const table = element("table", "", element("thead", "", head), element("tbody", "", ...rows));
  table.ariaLabel = "Revenue by channel";
  const whole = figure("", "Won in the period", valueOf(metric), null, (from) => open({ ...asked, from }));
  return [element("div", "scrolled", table), element("div", "figures", whole), element("p", "note", creditedBy(asked, metric))];
}

function creditedBy({ input }, { agreement }) {
  if (input.model) return `Credited to touches by the model ${modelName(input.model)}; what no touch earned has no channel.`;
  if (!agreement) return "No agreement is in force, so revenue goes to the lead source of its opportunity.";
  const until = agreement.lockedUntil ? `, locked until ${agreement.lockedUntil}` : "";
  return `Credited as agreed (${agreement.key}): ${modelName(agreement.model)}${until}.`;
}
