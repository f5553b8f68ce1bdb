// The operator's page: /v1/operation as tables, again every ten seconds.

import { ask } from "../chart/ask.js";
import { faultsOf } from "./faults.js";
import { agoOf, clockOf } from "./figures.js";
import { sections } from "./sections.js";

const EVERY_MS = 10_000;
const RETRY_MS = 3000;
const TICK_MS = 1000;

const element = (id) => document.getElementById(id);
const main = document.querySelector("main");

let operation = null; // the last answer
let heardAt = 0; // of this page's clock
let lostAt = 0;
let problem = "";

// Now, by the clock of the database.
const now = () => Date.parse(operation.at) + Date.now() - heardAt;

async function refresh() {
  try {
    const answer = await ask("/v1/operation");
    [operation, heardAt, lostAt] = [answer, Date.now(), 0];
    show();
  } catch (error) {
    lostAt ||= Date.now();
    problem = reasonOf(error);
  }
  tell();
}

function reasonOf(error) {
  if (error.status === 503) return /cannot be reached/.test(error.message) ? "database away" : "no answer";
  return error.status ? `no answer: ${error.message}` : "disconnected";
}

function show() {
  main.setAttribute("aria-busy", "false");
  const faults = faultsOf(operation);
  element("faults").querySelector("ul").replaceChildren(...(faults.length ? faults : ["Nothing that the database knows of."]).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  element("faults").className = faults.length ? "some" : "none";
  for (const [id, draw] of Object.entries(sections)) draw(element(id), operation, now());
}

function tell() {
  const kind = lostAt ? "lost" : operation ? "live" : "waiting";
  const as = operation ? `as of ${clockOf(Date.parse(operation.at))}` : "";
  const text = lostAt ? [`${problem} since ${clockOf(lostAt)}, trying again`, as && `shown ${as}`].filter(Boolean).join("; ") : as;
  const target = element("state");
  target.className = kind;
  target.textContent = text;
  const trouble = lostAt ? text : "";
  if (element("trouble").textContent !== trouble) element("trouble").textContent = trouble;
  main.classList.toggle("old", Boolean(lostAt));
}

// Ages grow while nothing is asked.
setInterval(() => {
  if (!operation) return;
  for (const mark of main.querySelectorAll("time")) mark.textContent = agoOf(Date.parse(mark.dateTime), now());
}, TICK_MS);

// For tests.
window.stockpulse = { operation: () => operation, state: () => ({ kind: element("state").className, label: element("state").textContent }) };

let wake = () => {};
document.addEventListener("visibilitychange", () => wake());

for (;;) {
  if (!document.hidden) await refresh();
  await new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, lostAt ? RETRY_MS : EVERY_MS);
  });
}
