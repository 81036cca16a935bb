// The query view: ask what any client could ask, read the answer and the schema of the caller's view.

import { highlighted, summaryOf } from "/answer.js";
import { $ } from "/dom.js";
import { Schema } from "/schema.js";
import { session } from "/session.js";

const state = { answer: "", running: null };
const schema = new Schema($("search"), $("found"), $("definition"));

// What the caller typed last survives a reload of this tab and nothing more.
function remember() {
  sessionStorage.setItem("leadline", JSON.stringify({ query: $("query").value, variables: $("variables").value }));
}

export async function begin() {
  const examples = await fetch("/examples.json").then((reply) => reply.json()).catch(() => []);
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
  session.onChange(() => schema.show(session.schema));
}

// Puts a question into the editor and asks it.
export function ask(query, given) {
  $("query").value = query;
  $("variables").value = JSON.stringify(given, null, 2);
  checkVariables();
  remember();
  location.hash = "#query";
  run();
}

function use(example) {
  if (!example) return;
  $("query").value = example.query;
  const given = { ...example.variables };
  // In a demo the gateway knows whom both vendors know.
  if (session.emails.length > 0) {
    if ("email" in given) given.email = session.emails[0];
    if ("emails" in given) given.emails = session.emails.slice(0, 3);
  }
  $("variables").value = JSON.stringify(given, null, 2);
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
    const came = await session.send({ query: $("query").value, variables: variables() }, running.signal);
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
    `-H ${quote(`authorization: Bearer ${session.token()}`)}`,
    `-d ${quote(body)}`,
  ].join(" ");
}

$("run").addEventListener("click", run);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || $("query-view").hidden) return;
  event.preventDefault();
  run();
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
