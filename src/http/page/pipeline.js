// The pipeline view: asks for its numbers, draws them, and says in a sentence what it cannot draw.

import { $, element, words } from "/dom.js";
import { STEPS, cohorts, funnel, wanted as ofFunnel } from "/funnel.js";
import { MODELS, TITLES, channels, modelName, money, velocity, wanted as ofMoney, winRates, winTrend } from "/money.js";
import * as panel from "/panel.js";
import * as period from "/period.js";
import * as questions from "/questions.js";
import { session } from "/session.js";
import { sources } from "/sources.js";

// How often it is looked whether capture has got on.
const PATIENCE = 2000;
const state = { begun: null, now: null, round: 0, waiting: null };

export function begin() {
  panel.begin();
  session.onChange(restart);
  for (const { kind, label } of STEPS) $("step").append(new Option(label, kind));
  $("method").addEventListener("change", () => draw(figures));
  for (const field of ["step", "bucket"]) $(field).addEventListener("change", () => draw(byCohort));
  $("model").addEventListener("change", () => draw(byChannel));
}

// Shows what the address names. Nothing is asked before the view is looked at.
export async function show(given) {
  if (!session.schema) return;
  state.begun ??= read().then(() => period.begin(() => state.now ?? new Date().toISOString(), load));
  await state.begun;
  if ($("pipeline-view").hidden) return;
  period.take(given);
  load();
}

// Somebody else asks: what the last one saw is taken away at once.
function restart() {
  state.round += 1;
  clear();
  $("sources").querySelector(".body").replaceChildren();
  $("model").disabled = true;
  if (!session.schema) {
    for (const section of $("sections").children) section.hidden = true;
    $("notice").replaceChildren(element("p", "note", "Choose a view or paste a token to see its numbers."));
    return;
  }
  if (location.hash.startsWith("#pipeline")) show(new URLSearchParams(location.hash.split("?")[1]));
}

function clear() {
  for (const body of $("sections").querySelectorAll(".body")) body.replaceChildren();
  for (const section of $("sections").children) section.hidden = false;
  $("notice").replaceChildren();
  $("as-of").textContent = "";
}

async function load() {
  clearTimeout(state.waiting);
  history.replaceState(null, "", period.address());
  $("pipeline-view").ariaBusy = "true";
  const round = ++state.round;
  const all = await Promise.all([read(), figures(round), agreed().then(() => byChannel(round)), byCohort(round)]);
  if (round !== state.round) return;
  $("pipeline-view").ariaBusy = "false";
  const refused = all.slice(1).find(Boolean);
  if (!refused) return;
  for (const section of $("sections").children) section.hidden = true;
  if (refused.code === "LEDGER_REQUIRED") waitForLedger(refused, all[0]);
  else $("notice").replaceChildren(element("p", "said error", refused.message));
}

// Draws one section anew, as its own choice says.
async function draw(section) {
  if (await section(state.round)) load();
}

async function ask(query, variables) {
  const came = await session.send({ query, variables }).catch((error) => ({ unreachable: error.message }));
  if (came.unreachable) return { refused: { message: `The gateway cannot be reached: ${came.unreachable}` } };
  const errors = came.json?.errors ?? [];
  const whole = errors.find((error) => error.extensions?.code === "LEDGER_REQUIRED" || !came.json?.data);
  if (whole) return { refused: { code: whole.extensions?.code, message: whole.message } };
  return came.json ? { data: came.json.data, errors } : { refused: { message: `The gateway answered ${came.status}.` } };
}

// What a section shows: what was drawn, or why it was not.
function put(section, round, drawn) {
  if (round !== state.round) return;
  $(section).hidden = drawn === null;
  $(section).querySelector(".body").replaceChildren(...[drawn ?? []].flat(Infinity));
}

async function figures(round) {
  const method = $("method").value;
  const list = [...ofFunnel(method), ...ofMoney()].filter(({ kind, winRateBasis }) =>
    questions.asks(kind) && (!winRateBasis || session.has("WinRateBasis", winRateBasis)));
  const inputs = list.map(({ name, title, note, ...input }) => ({ ...input, ...period.asked() }));
  const none = { data: { metrics: [] }, errors: [] };
  const { data, errors, refused } = inputs.length > 0 ? await ask(questions.figures(), { inputs }) : none;
  if (refused) return refused;
  const trend = await trendOf();
  if (round !== state.round || $("method").value !== method) return null;
  const numbers = new Map();
  for (const [place, { name, title, kind }] of list.entries()) {
    const metric = data.metrics[place];
    const named = title ?? TITLES[kind] ?? words(kind);
    if (metric) numbers.set(name, { input: inputs[place], metric, title: named });
  }
  const said = [...new Set(errors.map(({ message }) => message))];
  $("notice").replaceChildren(...hidden(), ...said.map((message) => element("p", "said gap", message)));
  const [one] = numbers.values();
  if (one) tellAsOf(one.metric);
  put("funnel", round, funnel(numbers, panel.open));
  put("win", round, questions.asks("WIN_RATE") ? [winRates(numbers, panel.open), trend] : null);
  put("velocity", round, velocity(numbers, panel.open));
  put("money", round, questions.asks("REVENUE_WON") ? money(numbers, panel.open) : null);
  return null;
}

async function trendOf() {
  const input = { kind: "WIN_RATE", ...period.asked() };
  const bucket = period.bucket();
  const { data } = questions.asks("WIN_RATE") ? await ask(questions.cohorts(), { input, bucket }) : {};
  return data?.metric ? winTrend({ input, title: "Win rate by count" }, data.metric, bucket, panel.open) : "";
}

// What this view has no words for, in one note.
function hidden() {
  if (!session.has("Query", "metrics")) return [element("p", "said gap", "This view shows no numbers.")];
  const amounts = ["PIPELINE_VELOCITY", "REVENUE_WON", "REVENUE_PER_LEAD_SOURCE"];
  if (amounts.every(questions.asks)) return [];
  return [element("p", "note", "This view shows no amounts: velocity, revenue, cost and channels are left out.")];
}

function tellAsOf({ asOf, timeZone }) {
  const at = new Intl.DateTimeFormat(undefined, { timeZone, dateStyle: "medium", timeStyle: "short" });
  $("as-of").textContent = `as of ${at.format(new Date(asOf))}, ${timeZone}`;
}

async function byCohort(round) {
  const { kind, label, method } = STEPS.find((step) => step.kind === $("step").value);
  if (!questions.asks(kind)) return put("cohorts", round, null);
  const asked = { title: label.charAt(0).toUpperCase() + label.slice(1), input: { kind, ...(method ? { method } : {}), ...period.asked() } };
  const bucket = $("bucket").value;
  const { data, errors, refused } = await ask(questions.cohorts(), { input: asked.input, bucket });
  if (refused || $("step").value !== kind || $("bucket").value !== bucket) return refused;
  const said = errors.map(({ message }) => element("p", "said gap", message));
  put("cohorts", round, [said, data.metric ? cohorts(asked, data.metric, bucket, panel.open) : []]);
  return null;
}

async function byChannel(round) {
  if (!questions.asks("REVENUE_PER_LEAD_SOURCE")) return put("attribution", round, null);
  const model = $("model").value;
  const input = { kind: "REVENUE_PER_LEAD_SOURCE", ...(model ? { model } : {}), ...period.asked() };
  const { data, errors, refused } = await ask(questions.attribution(), { input });
  if (refused || $("model").value !== model) return refused;
  const said = errors.map(({ message }) => element("p", "said gap", message));
  const asked = { title: TITLES.REVENUE_PER_LEAD_SOURCE, input };
  put("attribution", round, [said, data.metric ? channels(asked, data.metric, panel.open) : []]);
  return null;
}

// Offers the models, and CUSTOM where an agreement says what it is.
async function agreed() {
  if (!$("model").disabled || !questions.asks("REVENUE_PER_LEAD_SOURCE")) return;
  const { data } = session.has("Query", "attributionAgreements") ? await ask(questions.agreements(), {}) : {};
  const agreements = data?.attributionAgreements ?? [];
  const before = $("model").value;
  const models = [...MODELS, ...(agreements.some(({ model }) => model === "CUSTOM") ? ["CUSTOM"] : [])];
  $("model").replaceChildren(new Option(agreements.length > 0 ? "as agreed" : "to its lead source", ""));
  for (const model of models) $("model").append(new Option(modelName(model), model));
  $("model").value = models.includes(before) ? before : "";
  $("model").disabled = false;
}

// Reads how the sources are doing, and what time it is.
async function read() {
  const round = state.round;
  const { data } = await ask(questions.sources(), {});
  if (!data) return null;
  state.now = data.now;
  const open = [...$("sources").querySelectorAll("details")].map((details) => details.open);
  put("sources", round, sources(data));
  for (const [place, details] of $("sources").querySelectorAll("details").entries()) details.open = open[place] ?? false;
  return data;
}

// Without a ledger nothing can be counted; with one that is not full yet it is looked again.
function waitForLedger({ message }, told) {
  const isCaptured = told?.sources.some(({ capture }) => capture);
  if (isCaptured) {
    $("notice").replaceChildren(element("p", "said gap", message, " This page looks again by itself."));
    state.waiting = setTimeout(() => !$("pipeline-view").hidden && load(), PATIENCE);
    return;
  }
  const settings = element("pre", "code", '[ledger]\nurl = "sqlite:leadline.db"\n\n[capture]\nevery = "1m"');
  const steps = element("p", "", "To count, the gateway keeps what it reads. Add this to its settings and start it anew; ");
  steps.append(element("code", "", "deploy/leadline.toml"), " says what each line means.");
  $("notice").replaceChildren(element("div", "said gap", element("p", "", message), steps, settings));
}
