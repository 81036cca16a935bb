// Asks /graphql what any client could ask, and shows the answer and the schema of the caller's view.

import { highlighted, summaryOf } from "/answer.js";
import { Schema } from "/schema.js";

const $ = (id) => document.getElementById(id);
const state = { tokens: [], emails: [], answer: "", running: null, schemaOf: null };
const schema = new Schema($("search"), $("found"), $("definition"));

function token() {
  const offered = state.tokens.find((one) => one.view === $("view").value);
  return offered ? offered.token : $("token").value.trim();
}

// What the caller typed last survives a reload of this tab and nothing more; tokens are not kept at all.
function remember() {
  sessionStorage.setItem("leadline", JSON.stringify({ query: $("query").value, variables: $("variables").value }));
}

async function begin() {
  const [offer, examples] = await Promise.all([
    fetch("/demo/tokens").then((reply) => (reply.ok ? reply.json() : null)).catch(() => null),
    fetch("/examples.json").then((reply) => reply.json()).catch(() => []),
  ]);
  if (offer) {
    state.tokens = offer.tokens;
    state.emails = offer.emails;
    for (const { view } of offer.tokens) {
      $("view").append(new Option(view.replaceAll("_", " "), view));
    }
    $("view").append(new Option("a token of my own…", ""));
    $("view").value = offer.tokens.some((one) => one.view === "revops") ? "revops" : offer.tokens[0].view;
    $("view-field").hidden = false;
    $("token-field").hidden = true;
  }
  for (const [index, example] of examples.entries()) {
    $("example").append(new Option(example.title, index));
  }
  $("example").addEventListener("change", () => use(examples[$("example").value]));
  const kept = JSON.parse(sessionStorage.getItem("leadline") ?? "null");
  if (kept) {
    $("query").value = kept.query;
    $("variables").value = kept.variables;
    $("example").prepend(new Option("what you typed last", ""));
    $("example").value = "";
  } else if (examples.length > 0) {
    use(examples[0]);
  }
  checkVariables();
  if (token()) await meet();
}

function use(example) {
  if (!example) return;
  $("query").value = example.query;
  const variables = { ...example.variables };
  // In a demo the gateway knows whom both vendors know.
  if (state.emails.length > 0) {
    if ("email" in variables) variables.email = state.emails[0];
    if ("emails" in variables) variables.emails = state.emails.slice(0, 3);
  }
  $("variables").value = JSON.stringify(variables, null, 2);
  checkVariables();
  remember();
}

function variables() {
  const text = $("variables").value.trim();
  return text === "" ? {} : JSON.parse(text);
}

function checkVariables() {
  const note = $("variables-note");
  try {
    const value = variables();
    const fine = value !== null && typeof value === "object" && !Array.isArray(value);
    note.textContent = fine ? "" : "must be an object";
  } catch (error) {
    note.textContent = `no JSON yet: ${error.message}`;
  }
  note.classList.toggle("bad", note.textContent !== "");
  return note.textContent === "";
}

async function send(body) {
  const started = performance.now();
  const reply = await fetch("/graphql", {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      authorization: `Bearer ${token()}`,
    },
    body: JSON.stringify(body),
    signal: state.running?.signal,
  });
  const text = await reply.text();
  const took = performance.now() - started;
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Something between the page and the gateway answered.
  }
  return { status: reply.status, id: reply.headers.get("x-request-id"), took, text, json };
}

async function run() {
  if (!checkVariables()) {
    $("variables").focus();
    return;
  }
  state.running?.abort();
  const running = (state.running = new AbortController());
  select("answer");
  $("run").disabled = true;
  $("run").textContent = "Running";
  try {
    const came = await send({ query: $("query").value, variables: variables() });
    state.answer = came.json ? JSON.stringify(came.json, null, 2) : came.text;
    $("summary").replaceChildren(summaryOf(came));
    $("answer").replaceChildren(highlighted(state.answer));
    $("answer").scrollTop = 0;
  } catch (error) {
    if (error.name !== "AbortError") {
      state.answer = "";
      $("answer").replaceChildren();
      $("summary").replaceChildren(summaryOf({ unreachable: error.message }));
    }
  } finally {
    if (state.running === running) {
      $("run").disabled = false;
      $("run").textContent = "Run";
    }
  }
}

// Says who the token is, and reads the schema of its view.
async function meet() {
  const shown = $("viewer");
  shown.textContent = "";
  shown.classList.remove("bad");
  const bearer = token();
  if (!bearer) return;
  const reply = await fetch("/schema.graphql", { headers: { authorization: `Bearer ${bearer}` } });
  if (bearer !== token()) return;
  if (!reply.ok) {
    const said = await reply.json().catch(() => null);
    shown.textContent = said?.errors?.[0]?.message ?? `The gateway answered ${reply.status}.`;
    shown.classList.add("bad");
    schema.show("");
    return;
  }
  schema.show(await reply.text());
  shown.textContent = `${schema.size} types in this view`;
}

function select(name) {
  for (const own of ["answer", "schema"]) {
    const chosen = own === name;
    $(`tab-${own}`).setAttribute("aria-selected", chosen);
    $(`tab-${own}`).tabIndex = chosen ? 0 : -1;
    $(`panel-${own}`).hidden = !chosen;
  }
}

async function copied(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Could not copy";
  }
  setTimeout(() => (button.textContent = label), 1200);
}

function asCurl() {
  const body = JSON.stringify({ query: $("query").value, variables: variables() });
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    `curl -s ${location.origin}/graphql`,
    `-H ${quote("content-type: application/json")}`,
    `-H ${quote(`authorization: Bearer ${token()}`)}`,
    `-d ${quote(body)}`,
  ].join(" ");
}

$("run").addEventListener("click", run);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
$("query").addEventListener("input", remember);
$("variables").addEventListener("input", () => {
  checkVariables();
  remember();
});
// Enter keeps the indentation, and a brace deepens it. Tab is left to move the focus.
for (const area of [$("query"), $("variables")]) {
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
    event.preventDefault();
    const before = area.value.slice(0, area.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const deeper = /[{([]\s*$/.test(line) ? "  " : "";
    area.setRangeText(`\n${line.match(/^\s*/)[0]}${deeper}`, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  });
}
$("view").addEventListener("change", () => {
  $("token-field").hidden = $("view").value !== "";
  if ($("view").value === "") $("token").focus();
  meet();
});
$("token").addEventListener("change", meet);
$("copy").addEventListener("click", () => {
  copied($("copy"), $("panel-schema").hidden ? state.answer : schema.text);
});
$("curl").addEventListener("click", () => checkVariables() && copied($("curl"), asCurl()));
for (const tab of ["answer", "schema"]) {
  $(`tab-${tab}`).addEventListener("click", () => select(tab));
  $(`tab-${tab}`).addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tab === "answer" ? "schema" : "answer";
    select(other);
    $(`tab-${other}`).focus();
  });
}

begin();
