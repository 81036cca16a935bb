// The funnel of a period, and conversions cohort by cohort.

import { element, plural } from "/dom.js";
import { bar, briefly, digits, figure, sentence, share, shown, valueOf } from "/figures.js";

// Each stage is counted by a number that divides by it or into it.
const STAGES = [
  { label: "Leads created", kind: "LEAD_TO_OPPORTUNITY", side: "denominator" },
  { label: "MQL", kind: "MQL_TO_SQL", side: "denominator" },
  { label: "SAL", kind: "MQL_TO_SAL", side: "numerator", rate: "MQL_TO_SAL", of: "MQL" },
  { label: "SQL", kind: "MQL_TO_SQL", side: "numerator", rate: "MQL_TO_SQL", of: "MQL" },
  { label: "Opportunities", kind: "LEAD_TO_OPPORTUNITY", side: "numerator", rate: "LEAD_TO_OPPORTUNITY", of: "leads" },
  { label: "New customers", kind: "CUSTOMER_ACQUISITION_RATE", side: "numerator", rate: "SQL_TO_CUSTOMER", of: "SQL" },
];

// The numbers the funnel is drawn from: what happened in the period, and the rates by the method that is chosen.
export function wanted(method) {
  const counted = [...new Set(STAGES.map(({ kind }) => kind))].map((kind) => ({ name: `count ${kind}`, kind, method: "PERIOD" }));
  const rates = [...STAGES.map(({ rate }) => rate).filter(Boolean), "CUSTOMER_ACQUISITION_RATE"];
  return [...counted, ...rates.map((kind) => ({ name: `rate ${kind}`, kind, method }))];
}

export function funnel(numbers, open) {
  const stages = STAGES.map((stage) => ({ ...stage, counted: numbers.get(`count ${stage.kind}`) }));
  const counts = stages.map(({ counted, side }) => Number(counted?.metric[side] ?? 0));
  const longest = Math.max(1, ...counts);
  const list = element("ol", "funnel");
  for (const [place, { label, counted, side, rate, of }] of stages.entries()) {
    if (!counted) continue;
    const { metric } = counted;
    const row = element("li", "");
    const value = metric[side] === null
      ? briefly(metric)
      : shown(metric[side], "COUNT");
    row.append(figure("stage", label, value, null, (from) => open({ ...counted, title: label, side, from })));
    row.querySelector("button").append(bar(share(counts[place], longest)));
    const step = numbers.get(`rate ${rate}`);
    if (step) {
      const note = `of ${of}`;
      const made = figure("step", note, briefly(step.metric), null, (from) => open({ ...step, from }));
      made.ariaLabel = `${step.title}: ${sentence(step.metric) ?? made.querySelector(".amount").textContent}`;
      row.append(made);
    }
    list.append(row);
  }
  const whole = numbers.get("rate CUSTOMER_ACQUISITION_RATE");
  if (!whole) return list;
  const { numerator, denominator } = whole.metric;
  const note = numerator === null ? null : element("span", "", digits(numerator), " of ", digits(denominator), " leads");
  const foot = element("div", "figures");
  foot.append(figure("", "Leads that became customers", valueOf(whole.metric), note, (from) => open({ ...whole, from })));
  return [list, foot];
}

export const STEPS = [
  { kind: "MQL_TO_SQL", label: "MQL to SQL", method: "COHORT" },
  { kind: "MQL_TO_SAL", label: "MQL to SAL", method: "COHORT" },
  { kind: "SQL_TO_CUSTOMER", label: "SQL to customer", method: "COHORT" },
  { kind: "LEAD_TO_OPPORTUNITY", label: "lead to opportunity", method: "COHORT" },
  { kind: "CUSTOMER_ACQUISITION_RATE", label: "lead to customer", method: "COHORT" },
  { kind: "OPPORTUNITY_TO_CLOSE", label: "opportunity to customer" },
];

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// A bucket's days as people say them.
export function bucketName(start, bucket) {
  const [year, month, day] = start.split("-").map(Number);
  if (bucket === "QUARTER") return `Q${Math.floor((month - 1) / 3) + 1} ${year}`;
  if (bucket === "MONTH") return `${MONTHS[month - 1]} ${year}`;
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

// A row for each cohort: who entered, who got through, the share.
export function cohorts(asked, metric, bucket, open) {
  const head = element("tr", "");
  for (const name of ["Entered", "How many", "Got through", "Share"]) {
    const cell = element("th", name === "Entered" ? "" : "number", name);
    cell.scope = "col";
    head.append(cell);
  }
  const body = element("tbody", "");
  for (const point of metric.series ?? []) {
    const name = element("th", "", bucketName(point.start, bucket));
    name.scope = "row";
    const period = { start: point.start, end: point.end };
    const title = `${asked.title}, ${bucketName(point.start, bucket)}`;
    const told = { ...point, unit: metric.unit };
    const share = figure("cell", "", briefly(told), null, (from) => open({ input: { ...asked.input, period }, title, from }));
    share.setAttribute("aria-label", `${title}: ${sentence(told) ?? share.textContent}`);
    const cell = element("td", "number", share);
    if (point.value !== null) cell.append(bar(Number(point.value) * 100));
    const count = (value) => element("td", "number", value === null ? "–" : digits(value));
    body.append(element("tr", "", name, count(point.denominator), count(point.numerator), cell));
  }
  const whole = figure("", "All of them", valueOf(metric), plural(metric.sample, "record", "records"), (from) => open({ ...asked, from }));
  const table = element("table", "", element("thead", "", head), body);
  table.ariaLabel = `${asked.title}, cohort by cohort`;
  return [element("div", "scrolled", table), element("div", "figures", whole)];
}
