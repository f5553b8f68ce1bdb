// Finds symbols as one types: a combobox with a list of what /v1/symbols finds, the best match first.

const PAUSE_MS = 120; // after the last key
const MOST = 50;

// ask(path, parameters): asks the API; chosen(): the symbol that is shown; onChoose(symbol).
export function mountSearch({ input, list, status }, { ask, chosen, onChoose }) {
  let number = 0; // of the newest question: answers to older ones are dropped
  let timer = null;
  let options = []; // what the list has
  let active = -1;
  let asked = null; // the text that the list answers

  input.addEventListener("focus", () => { input.select(); look(""); });
  input.addEventListener("input", (event) => {
    setActive(-1);
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(() => look(input.value.trim()), PAUSE_MS);
  });
  input.addEventListener("compositionend", () => look(input.value.trim()));
  input.addEventListener("keydown", press);
  input.addEventListener("blur", leave);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) take(options[[...list.children].indexOf(item)].symbol);
  });

  async function look(text) {
    clearTimeout(timer);
    number += 1;
    const mine = number;
    try {
      const { symbols, next_page_token: more } = await ask("/v1/symbols", { query: text, limit: MOST });
      if (mine === number && document.activeElement === input) show(text, symbols, more);
    } catch (error) {
      if (mine === number && document.activeElement === input) fail(error);
    }
  }

  function show(text, symbols, more) {
    asked = text;
    options = symbols;
    list.replaceChildren(...symbols.map((one, index) => optionOf(one, index, chosen())));
    setActive(text && symbols.length ? 0 : -1);
    if (!symbols.length) list.replaceChildren(note(text ? `Nothing matches ${text}` : "No symbol has been stored yet"));
    status.textContent = said(symbols.length, more);
    open(true);
  }

  function fail(error) {
    [asked, options] = [null, []];
    const text = error.status === 422 ? "This is no part of a symbol" : "The server cannot be reached";
    list.replaceChildren(note(text));
    setActive(-1);
    status.textContent = text;
    open(true);
  }

  function press(event) {
    const { key } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "ArrowDown" || key === "ArrowUp") move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter") confirm();
    else if (key === "Escape" && !list.hidden) open(false);
    else if (key === "Escape") input.blur();
    else return;
    event.preventDefault();
  }

  function move(by) {
    if (list.hidden) look(input.value === chosen() ? "" : input.value.trim());
    else if (options.length) setActive((active + by + options.length + (active < 0 && by < 0 ? 1 : 0)) % options.length);
  }

  // What is typed faster than it is looked up is looked up first.
  async function confirm() {
    const text = input.value.trim();
    if (!text) return;
    if (active < 0 && text === chosen()) {
      input.blur();
      return;
    }
    if (active < 0 || (asked !== "" && asked !== text)) await look(text);
    if (options[active]) take(options[active].symbol);
    else if (asked === text && !options.length) take(text); // it is unknown, which the page then says
  }

  function take(symbol) {
    number += 1;
    clearTimeout(timer);
    input.value = symbol;
    open(false);
    onChoose(symbol);
    input.blur();
  }

  function leave() {
    number += 1;
    clearTimeout(timer);
    open(false);
    input.value = chosen();
  }

  function open(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) {
      setActive(-1);
      status.textContent = "";
    }
  }

  function setActive(index) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const item = options.length ? list.children[index] : null;
    if (!item) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    item.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  // Shows the symbol of the page, unless one is being typed.
  return () => { if (document.activeElement !== input) input.value = chosen(); };
}

function optionOf({ symbol, asset_class: kind, aliases }, index, chosen) {
  const item = document.createElement("li");
  item.id = `found-${index}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  if (symbol === chosen) item.className = "chosen";
  const name = document.createElement("b");
  name.textContent = symbol;
  const more = document.createElement("span");
  more.textContent = [kind, aliases[0]].filter(Boolean).join(" · ");
  item.append(name, " ", more);
  return item;
}

function note(text) {
  const item = document.createElement("li");
  item.className = "note";
  item.setAttribute("role", "presentation");
  item.textContent = text;
  return item;
}

function said(count, more) {
  if (!count) return "No symbols";
  return `${more ? "More than " : ""}${count} ${count === 1 ? "symbol" : "symbols"}`;
}
