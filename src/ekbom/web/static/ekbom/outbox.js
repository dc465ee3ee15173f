// Every diary form is kept on this device before it is sent, and is forgotten only when the server
// has it.  Without a secure context there is no store to trust, and forms are sent as they are.

import { entries, forget, keep, keepThing, thing, wipe } from "./kept.js";

const FRESH = 5 * 60 * 1000;

export const usable = window.isSecureContext && "indexedDB" in window && "caches" in window;

async function ask(address, body) {
  const options = { cache: "no-store", credentials: "same-origin" };
  if (body !== undefined) {
    // A page from the cache has an old token or none, so each time a fresh one is asked for.
    const { token } = await answer(await fetch("/api/token", options));
    options.method = "POST";
    options.headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    options.body = JSON.stringify(body);
  }
  return answer(await fetch(address, options));
}

async function answer(response) {
  const type = response.headers.get("Content-Type") ?? "";
  const said = type.includes("json") ? await response.json() : {};
  if (!response.ok) throw Object.assign(new Error(said.detail), { status: response.status });
  return said;
}

// Entries whose form stands on this page with its errors are not sent behind the person's back.
function onThisPage(id) {
  return [...document.querySelectorAll("input[name=key]")].some((field) => field.value === id);
}

async function sendSome(some) {
  try {
    return (await ask("/api/outbox", { items: some.map((entry) => entry.item) })).results;
  } catch (error) {
    if (![413, 422].includes(error.status)) throw error;
    if (some.length === 1) {
      return [{ id: some[0].id, status: "refused", reason: "", words: [error.message] }];
    }
    // One of them cannot be read; it must not keep the others back.
    const results = [];
    for (const one of some) results.push(...(await sendSome([one])));
    return results;
  }
}

async function sendAll() {
  let arrived = false;
  const { account } = await ask("/api/token");
  const ready = (entry) =>
    entry.state === "waiting" && entry.item.account === account && !onThisPage(entry.id);
  const waiting = (await entries()).filter(ready);
  for (let first = 0; first < waiting.length; first += 50) {
    const some = waiting.slice(first, first + 50);
    for (const result of await sendSome(some)) {
      const entry = some.find((known) => known.id === result.id);
      arrived ||= result.status === "accepted";
      if (result.status !== "refused") await forget(entry.id);
      else if (result.reason !== "other account") {
        const { reason, words, seen } = result;
        await keep({ ...entry, state: "refused", reason, words, seen });
      }
    }
  }
  return arrived;
}

async function refreshPlan(now) {
  const known = await thing("plan");
  const age = Date.now() - (known?.at ?? 0);
  const { lang, dataset } = document.documentElement;
  if (dataset.diary === "no") return; // there is no plan before there is a diary
  if (!now && known?.lang === lang && age >= 0 && age < FRESH) return;
  await keepThing("plan", { ...(await ask("/api/plan")), at: Date.now(), lang });
  navigator.serviceWorker?.controller?.postMessage("refresh");
}

async function contact() {
  const unsent = (await entries()).length;
  const { order, state } = await ask("/api/contact", { unsent });
  if (order !== "wipe") return redraw(state);
  await wipe();
  await ask("/api/contact", { unsent: 0, wiped: true });
}

// A page that says what to do must not stand there after something else came in, from here, from
// another page or another device.  Nothing can be typed on those that tell what they are made from.
async function redraw(state) {
  const plan = await thing("plan");
  if (plan && plan.state !== state) await refreshPlan(true);
  const shown = document.querySelector("[data-made-from]")?.dataset.madeFrom;
  if (!shown || shown === state) return;
  // One reload mends it.  Where it does not, a page must not blink for ever.
  const [last, at] = JSON.parse(sessionStorage.getItem("redrawn") ?? "[]");
  const mend = `${shown} ${state}`;
  if (last === mend && Math.abs(Date.now() - at) < 60 * 1000) return;
  sessionStorage.setItem("redrawn", JSON.stringify([mend, Date.now()]));
  location.reload();
}

async function exchange() {
  try {
    await refreshPlan(await sendAll());
  } catch {
    // No network, or nobody here who may: everything stays until the next time.
  }
  await contact().catch(() => {});
  await show();
  document.dispatchEvent(new Event("outbox"));
}

export function send() {
  return navigator.locks.request("ekbom-send", { ifAvailable: true }, (lock) =>
    lock ? exchange() : show());
}

export function filled(words = "", values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// Says in the header how many entries are kept here; a link leads to them.
export async function show() {
  const place = document.getElementById("outbox");
  const plan = await thing("plan");
  if (!place || !plan) return;
  const all = (await entries()).filter((entry) => !onThisPage(entry.id));
  const mine = all.filter((entry) => entry.item.account === plan.account);
  const refused = mine.filter((entry) => entry.state === "refused").length;
  const counts = { refused, kept: mine.length - refused, other: all.length - mine.length };
  const lines = Object.entries(counts).filter(([, count]) => count > 0).map(([name, count]) =>
    filled(plan.words[name + (count === 1 ? "_one" : "_many")], { count }));
  const link = document.createElement("a");
  link.href = "/offline/#kept";
  link.textContent = lines.join(" ");
  place.replaceChildren(...(lines.length ? [link] : []));
  place.hidden = lines.length === 0;
}

// An amount has buttons, and a place to type that counts with the button "other" or none.
function answersIn(fields, items) {
  const answers = {};
  for (const { id } of items) {
    const tapped = fields.get(id);
    // Nothing tapped is null; "" is the button that takes an answer back, whatever was typed.
    const value = [null, "other"].includes(tapped) ? fields.get(id + "_other") : tapped;
    if (value?.trim() && isFinite(value)) answers[id] = Number(value);
  }
  return answers;
}

function capsulesIn(fields, planned) {
  const told = { all: planned, none: "0" }[fields.get("taken")] ?? fields.get("capsules");
  return told ? Number(told) : NaN;
}

// What the page was made from, if it corrects something: what changed since is not lost.
function flags(told, fields) {
  const seen = fields.get("seen") ?? "";
  return { correct: "correct" in told, worst: "worst" in told, seen };
}

// The number on a pack; what is none, such as a scanned label, is asked for later.
function packIn(fields, told) {
  return Number(/^\s*\d{1,3}\s*$/.exec(told.pack ?? fields.get("pack"))) || null;
}

const READ = {
  answers: (fields, told, items) => {
    const answers = answersIn(fields, items);
    return Object.keys(answers).length ? { answers, ...flags(told, fields) } : null;
  },
  dose: (fields, told, items) => {
    const capsules = capsulesIn(fields, told.planned);
    if (isNaN(capsules)) return null;
    const at = fields.get("at") || null;
    const whole = fields.get("taken") === "all";
    const opened = { pack: packIn(fields, told), swallowed: fields.has("swallowed") };
    const answers = answersIn(fields, items);
    return { capsules, whole, at, ...opened, answers, ...flags(told, fields) };
  },
  event: (fields, told) => ({
    event: told.event,
    part: told.part ?? null,
    signs: fields.getAll("sign"),
    pack: packIn(fields, told),
    note: fields.get("note") ?? "",
  }),
};

function nightNow(plan) {
  const begun = (plan?.nights ?? []).filter((night) => Date.parse(night.begins) <= Date.now());
  return begun.at(-1)?.night;
}

function hide(form, name, value) {
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
}

// Keeps what a form says, and returns whether it says anything.  The clock and zone are the
// device's; the id is the form's, so that what arrives twice is taken once.
export async function keepForm(form, told, submitter) {
  const fields = new FormData(form, submitter);
  const plan = await thing("plan");
  const items = plan?.items ?? [];
  let kind = told.outbox;
  let data = READ[kind](fields, told, items);
  if (data === null && kind === "dose") data = READ[(kind = "answers")](fields, told, items);
  // The page of warning signs is everybody's: what it does not know, the plan says.
  const account = told.account || plan?.account;
  const trial = told.trial || (plan?.registered && plan.trial);
  const night = told.night || nightNow(plan);
  if (!trial || !night || data === null) return false;
  if (!fields.get("key")) hide(form, "key", crypto.randomUUID());
  const id = new FormData(form).get("key");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const instant = new Date().toISOString();
  const item = { id, account, trial, kind, night, instant, zone, data };
  await keep({ id, state: "waiting", item });
  return true;
}

async function submitted(event) {
  const form = event.target;
  const mark = form.querySelector("[data-outbox]");
  if (!mark || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  await keepForm(form, mark.dataset, event.submitter).catch(() => {});
  // form.submit() does not say which button was pressed.
  if (event.submitter?.name) hide(form, event.submitter.name, event.submitter.value);
  HTMLFormElement.prototype.submit.call(form);
}

// Before leaving, unsent entries are named; then this device forgets everything.
async function leaving(form) {
  const plan = await thing("plan");
  const count = (await entries()).length;
  if (count && plan) {
    const textContent = filled(plan.words.unsent_leave, { count });
    const warning = { className: "warning", role: "alert", textContent };
    form.prepend(Object.assign(document.createElement("p"), warning));
    form.querySelector("button").textContent = plan.words.leave_anyway;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await wipe().catch(() => {});
    HTMLFormElement.prototype.submit.call(form);
  });
}

if (usable) {
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
  document.addEventListener("submit", submitted);
  // Coming back with the back button, a form that was sent can be sent again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) send();
    for (const form of document.querySelectorAll("form[data-busy]")) delete form.dataset.busy;
  });
  for (const form of document.querySelectorAll("form[data-leave]")) leaving(form).catch(() => {});
  window.addEventListener("online", send);
  setInterval(send, 60 * 1000);
  send();
}
