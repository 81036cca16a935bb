// Who asks: the view or the token that is chosen, the schema it sees, and the questions it sends. Tokens are not kept.

import { $ } from "/dom.js";
import { wordsOf } from "/schema.js";

const state = { tokens: [], text: "", words: wordsOf("") };
const listeners = [];

export const session = {
  emails: [],
  // The schema of the view, as text and as what it has.
  get schema() {
    return state.text;
  },
  has(type, member) {
    return state.words.get(type)?.has(member) ?? false;
  },
  token,
  send,
  // Called whenever somebody else asks.
  onChange(listener) {
    listeners.push(listener);
  },
  begin,
};

function token() {
  const offered = state.tokens.find((one) => one.view === $("view").value);
  return offered ? offered.token : $("token").value.trim();
}

async function begin() {
  const reply = await fetch("/demo/tokens").catch(() => null);
  if (reply?.ok) offer(await reply.json());
  $("view").addEventListener("change", () => {
    $("token-field").hidden = $("view").value !== "";
    if ($("view").value === "") $("token").focus();
    meet();
  });
  $("token").addEventListener("change", meet);
  await meet();
}

function offer({ tokens, emails }) {
  state.tokens = tokens;
  session.emails = emails;
  for (const { view } of tokens) {
    $("view").append(new Option(view.replaceAll("_", " "), view));
  }
  $("view").append(new Option("a token of my own…", ""));
  $("view").value = tokens.some((one) => one.view === "revops") ? "revops" : tokens[0].view;
  $("view-field").hidden = false;
  $("token-field").hidden = true;
}

// Says who the token is, and reads the schema of its view.
async function meet() {
  const shown = $("viewer");
  const bearer = token();
  let text = "";
  let said = "";
  if (bearer) {
    const reply = await fetch("/schema.graphql", { headers: { authorization: `Bearer ${bearer}` } }).catch(() => null);
    if (reply?.ok) {
      text = await reply.text();
    } else {
      const body = await reply?.json().catch(() => null);
      said = body?.errors?.[0]?.message ?? (reply ? `The gateway answered ${reply.status}.` : "The gateway cannot be reached.");
    }
  }
  if (bearer !== token()) return;
  state.text = text;
  state.words = wordsOf(text);
  shown.classList.toggle("bad", said !== "");
  shown.textContent = said || (text ? `${state.words.size} types in this view` : "");
  for (const listener of listeners) listener();
}

async function send(body, signal) {
  const started = performance.now();
  const reply = await fetch("/graphql", {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      authorization: `Bearer ${token()}`,
    },
    body: JSON.stringify(body),
    signal,
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
