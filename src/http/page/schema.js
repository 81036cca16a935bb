// Reads a view's schema as text: a list of types to search, and one definition at a time with links to the others.

const KINDS = new Set(["type", "interface", "union", "enum", "input", "scalar", "directive"]);
const MOST_FOUND = 200;

// Cuts the text into definitions. A definition begins at a line without indentation that is not within a description.
function definitions(text) {
  const found = [];
  let lines = [];
  let described = false;
  const end = () => {
    while (lines.length > 0 && lines.at(-1) === "") lines.pop();
    const head = lines.find((line) => KINDS.has(line.split(" ")[0]));
    if (head) {
      const [kind, name] = head.split(/[\s(]+/);
      found.push({ kind, name, lines });
    }
    lines = [];
  };
  for (const line of text.split("\n")) {
    if (line === "" && !described) {
      end();
      continue;
    }
    lines.push(line);
    const marks = line.split('"""').length - 1;
    if (marks === 1) described = !described;
  }
  end();
  return found;
}

// Fields, values and arguments stand two spaces deep.
function members({ lines }) {
  return lines.flatMap((line, number) => {
    const match = line.match(/^ {2}([A-Za-z_]\w*)/);
    return match ? [{ name: match[1], line: number }] : [];
  });
}

// Every type of the text, and the names it has.
export function wordsOf(text) {
  const named = definitions(text).map((one) => [one.name, new Set(members(one).map((member) => member.name))]);
  return new Map(named);
}

export class Schema {
  #search;
  #found;
  #definition;
  #types = new Map();
  text = "";

  constructor(search, found, definition) {
    this.#search = search;
    this.#found = found;
    this.#definition = definition;
    search.addEventListener("input", () => this.#list());
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "ArrowDown") {
        const first = found.querySelector("button");
        if (first) event.key === "Enter" ? first.click() : first.focus();
        event.preventDefault();
      }
    });
    found.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = [...found.querySelectorAll("button")];
      const next = all.indexOf(document.activeElement) + step;
      (all[next] ?? search).focus();
    });
  }

  show(text) {
    this.text = text;
    this.#types = new Map(definitions(text).map((one) => [one.name, { ...one, members: members(one) }]));
    this.#list();
    if (this.#types.has("Query")) this.#open("Query");
    else this.#definition.replaceChildren();
  }

  #list() {
    const wanted = this.#search.value.trim().toLowerCase();
    const ranked = [];
    for (const type of this.#types.values()) {
      const name = type.name.toLowerCase();
      if (name.includes(wanted)) ranked.push({ rank: name.startsWith(wanted) ? 0 : 1, type });
      if (wanted.length < 2) continue;
      for (const member of type.members) {
        const own = member.name.toLowerCase();
        const path = `${name}.${own}`;
        if (own.includes(wanted) || (wanted.includes(".") && path.includes(wanted))) {
          ranked.push({ rank: own.startsWith(wanted) ? 2 : 3, type, member });
        }
      }
    }
    ranked.sort((one, other) => one.rank - other.rank);
    const entries = ranked.slice(0, MOST_FOUND).map(({ type, member }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.type = type.name;
      const name = document.createElement("span");
      name.className = "name";
      name.textContent = member ? `${type.name}.${member.name}` : type.name;
      const kind = document.createElement("span");
      kind.className = "kind";
      kind.textContent = member ? "" : type.kind;
      button.append(name, kind);
      button.title = name.textContent;
      button.addEventListener("click", () => this.#open(type.name, member?.line));
      const item = document.createElement("li");
      item.append(button);
      return item;
    });
    if (entries.length === 0) {
      const none = document.createElement("p");
      none.textContent = this.#types.size === 0 ? "Choose a view or paste a token to read its schema." : "Nothing of that name.";
      const item = document.createElement("li");
      item.append(none);
      entries.push(item);
    }
    this.#found.replaceChildren(...entries);
  }

  #open(name, marked) {
    const type = this.#types.get(name);
    if (!type) return;
    const shown = document.createDocumentFragment();
    let described = false;
    for (const [number, line] of type.lines.entries()) {
      const row = document.createElement("div");
      row.className = number === marked ? "line marked" : "line";
      // What does not fit continues further in than it began.
      const indent = `${line.length - line.trimStart().length + 2}ch`;
      row.style.paddingLeft = indent;
      row.style.textIndent = `-${indent}`;
      const marks = line.split('"""').length - 1;
      if (described || marks > 0) {
        row.classList.add("said-of");
        row.textContent = line.replaceAll('"""', "") || " ";
        if (line.trim() === '"""') row.hidden = true;
        if (marks === 1) described = !described;
      } else {
        this.#line(row, line);
      }
      shown.append(row);
    }
    const users = [...this.#types.values()].filter((other) => other.name !== name && this.#mentions(other, name));
    if (users.length > 0) {
      const used = document.createElement("p");
      used.className = "used";
      used.append("Used by ");
      for (const user of users) used.append(this.#link(user.name));
      shown.append(used);
    }
    this.#definition.replaceChildren(shown);
    this.#definition.scrollTop = 0;
    this.#definition.querySelector(".marked")?.scrollIntoView({ block: "center" });
    for (const button of this.#found.querySelectorAll("button")) {
      button.setAttribute("aria-current", button.dataset.type === name);
    }
  }

  #mentions(type, name) {
    const word = new RegExp(`\\b${name}\\b`);
    let described = false;
    return type.lines.some((line) => {
      const marks = line.split('"""').length - 1;
      const text = !described && marks === 0;
      if (marks === 1) described = !described;
      return text && word.test(line);
    });
  }

  // Names of other types become links; the rest stays text.
  #line(row, line) {
    const [first] = line.split(" ");
    let from = 0;
    if (KINDS.has(first)) {
      const keyword = document.createElement("span");
      keyword.className = "keyword";
      keyword.textContent = first;
      row.append(keyword);
      from = first.length;
    }
    for (const match of line.slice(from).matchAll(/"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*/g)) {
      const at = match.index + (KINDS.has(first) ? first.length : 0);
      if (!this.#types.has(match[0])) continue;
      row.append(line.slice(from, at), this.#link(match[0]));
      from = at + match[0].length;
    }
    row.append(line.slice(from) || " ");
  }

  #link(name) {
    const link = document.createElement("button");
    link.type = "button";
    link.className = "link";
    link.textContent = name;
    link.addEventListener("click", () => {
      this.#open(name);
      this.#definition.focus({ preventScroll: true });
    });
    return link;
  }
}
