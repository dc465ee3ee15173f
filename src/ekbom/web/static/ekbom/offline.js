// The page without a network: forms, signs and rules from the plan that is kept on this device.

import { entries, forget, keep, thing } from "./kept.js";
import { filled, keepForm, send, show, usable } from "./outbox.js";
import { decide, packInUse } from "./rules.js";

const byId = (id) => document.getElementById(id);

let plan;
let stop = "";
let packs = []; // whose numbers the doses kept here name

function make(tag, attributes = {}, ...content) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...content);
  return made;
}

function button(words, press, className = "button") {
  return make("button", { type: "button", className, onclick: press }, words);
}

function say(words) {
  byId("said").textContent = words;
  byId("said").hidden = !words;
}

// The nights that have begun, newest first.  Six hours before a night begins it is "tonight".
function nightsNow() {
  const now = Date.now();
  const begun = plan.nights.filter((night) => Date.parse(night.begins) <= now).reverse();
  const tonight = plan.nights.find((night) => Date.parse(night.ends) > now + 6 * 3600 * 1000);
  const place = plan.nights.indexOf(tonight);
  const names = { [place]: plan.words.tonight, [place - 1]: plan.words.last_night };
  return begun.map((night) => ({ night, name: names[plan.nights.indexOf(night)] ?? "" }));
}

// What stops the capsules takes the place of what the plan had.
function doseOf(night) {
  return (night.doses && stop) || night.dose;
}

function nightCard({ night, name }) {
  const parts = [
    ...(night.doses || night.evening.length ? ["evening"] : []),
    ...(night.morning.length ? ["morning"] : []),
  ];
  return make("div", { className: "card" },
    make("h3", {}, name ? `${name}: ${night.label}` : night.label),
    make("p", { className: "muted" }, [night.phase, doseOf(night)].filter(Boolean).join(". ")),
    make("div", { className: "actions" }, ...parts.map((part) =>
      button(plan.words[part], () => openForm(night, part)))));
}

function showNights() {
  const cards = nightsNow().map(nightCard);
  const earlier = make("details", {}, make("summary", {}, plan.words.earlier), ...cards.slice(2));
  const made = make("div", {}, ...cards.slice(0, 2), ...(cards.length > 2 ? [earlier] : []));
  const list = byId("night-list");
  // A button that is being tapped must stay where it is.
  if (list.innerHTML !== made.innerHTML) list.replaceChildren(...made.childNodes);
  if (!cards.length) say(plan.words.unknown);
}

function scale(item) {
  const steps = [];
  for (let step = item.minimum; step <= item.maximum; step += 1) {
    const radio = make("input", { type: "radio", name: item.id, value: step });
    steps.push(make("label", { className: "scale-step" }, radio, make("span", {}, String(step))));
  }
  const none = make("label", { className: "scale-none" },
    make("input", { type: "radio", name: item.id, value: "" }),
    make("span", {}, plan.words.none));
  return make("div", { className: "field" }, make("fieldset", {},
    make("legend", {}, item.question),
    make("div", { className: `scale scale-${steps.length}` }, ...steps), none));
}

function number({ id, question, minimum: min, maximum: max, whole }) {
  const step = whole ? 1 : "any";
  return make("div", { className: "field" },
    make("label", { htmlFor: id }, question),
    make("input", { type: "number", name: id, id, inputMode: "decimal", min, max, step }));
}

function question(id) {
  const item = plan.items.find((known) => known.id === id);
  return item.kind === "scale" ? scale(item) : number(item);
}

// An exchange of packs is said here at once, as nobody else would notice it this evening.
function exchanged(night, { capsules, pack, swallowed }) {
  const due = nightOf(night)?.pack;
  const wrong = capsules > 0 && pack && due && pack !== due && !swallowed;
  return wrong ? filled(plan.words.exchanged, { due, pack }) : "";
}

function packFields(night) {
  if (!night.name_pack || packs.includes(night.pack)) return [];
  const swallowed = make("input", { type: "checkbox", name: "swallowed" });
  return [
    number({ id: "pack", question: plan.words.pack, minimum: 1, maximum: 999, whole: true }),
    make("label", { id: "other-pack", hidden: true }, swallowed,
      make("span", {}, plan.words.swallowed)),
  ];
}

// What keeps a form from being kept: a number that was not read, or that of another pack.
function packFault(night, { capsules, pack, swallowed }) {
  if (!pack || !(capsules.value > 0)) return "";
  const told = { capsules: capsules.value, pack: Number(pack.value), swallowed: swallowed.checked };
  const fault = exchanged(night.night, told);
  if (fault) byId("other-pack").hidden = false;
  return told.pack ? fault : plan.words.unread;
}

function doseFields(night) {
  return [
    make("p", {}, doseOf(night)),
    ...packFields(night),
    number({ id: "capsules", question: plan.words.capsules, minimum: 0, maximum: 20 }),
    make("div", { className: "field" }, make("label", { htmlFor: "at" }, plan.words.at),
      make("input", { type: "time", name: "at", id: "at" })),
  ];
}

function openForm(night, part) {
  say("");
  const doses = part === "evening" && night.doses;
  const told = { account: plan.account, trial: plan.trial, night: night.night };
  const heading = make("h2", { tabIndex: -1 }, `${plan.words[part]}: ${night.label}`);
  const skip = () => keepIt(form, { ...told, outbox: "event", event: "skipped", part });
  const form = make("form", {}, heading,
    ...(doses ? doseFields(night) : []),
    ...night[part].map(question),
    make("div", { className: "actions" },
      make("button", { className: "button" }, plan.words.save),
      ...(plan.registered ? [button(plan.words.skip, skip, "button quiet")] : []),
      button(plan.words.back, closeForm, "button quiet")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fault = doses && packFault(night, form.elements);
    if (!fault) return keepIt(form, { ...told, outbox: doses ? "dose" : "answers" });
    say(fault);
    return form.elements.pack.focus();
  });
  byId("form").replaceChildren(form);
  byId("form").hidden = false;
  byId("nights").hidden = true;
  heading.focus();
}

function closeForm() {
  byId("form").hidden = true;
  byId("form").replaceChildren();
  byId("nights").hidden = false;
}

async function keepIt(form, told) {
  try {
    if (!(await keepForm(form, told))) return say(plan.words.empty);
  } catch {
    return say(plan.words.full);
  }
  closeForm();
  await refresh();
  say(plan.words.kept);
  window.scrollTo(0, 0);
  return send();
}

function isMine({ item }) {
  return item.account === plan.account;
}

function mine(all) {
  return all.filter(isMine).map(({ item }) => item);
}

function nightOf(name) {
  return plan.nights.find(({ night }) => night === name);
}

// What this device keeps, night by night; an answer given again counts as it was given last.
function told(all) {
  const nights = {};
  for (const { night, data } of mine(all)) nights[night] = { ...nights[night], ...data.answers };
  return Object.keys(nights).sort().map((night) =>
    ({ night, answers: nights[night], doses: nightOf(night)?.doses ?? true }));
}

function instruction(...texts) {
  const lines = texts.filter(Boolean).map((text, at) => make(at ? "p" : "h2", {}, text));
  return make("div", { className: "emergency" }, ...lines);
}

function instructions(all) {
  const seen = all.flatMap(({ item }) => item.data.signs ?? []);
  const urgent = plan.signs.filter((sign) => seen.includes(sign.id));
  if (openedHere(all).length) urgent.unshift({ headline: plan.glass?.advice[0] });
  const called = decide(plan.rules, told(all), true);
  const rules = called.map((id) => plan.rules.find((rule) => rule.id === id)).filter(Boolean);
  stop = [...urgent, ...rules][0]?.headline ?? "";
  const shown = [...urgent, ...rules].map((one) =>
    instruction(one.headline, one.text, one.wording));
  if (called.includes("once")) {
    const { text } = plan.rules.find((rule) => rule.id === "loose_stools");
    shown.push(instruction(plan.words.loose_once, text));
  }
  const mixed = mine(all).map(({ night, data }) => exchanged(night, data));
  shown.push(...mixed.filter(Boolean).map((text) => instruction(text)));
  byId("instructions").replaceChildren(...shown);
}

function openedHere(all) {
  return mine(all).filter(({ data }) => data.event === "break glass").map(({ data }) => data.pack);
}

function showGlass(all) {
  const { glass, words } = plan;
  if (!glass) return;
  const pack = packInUse(plan, Date.now());
  const known = glass.broken.includes(pack);
  const told = known || openedHere(all).includes(pack);
  const open = () => keepIt(form, { outbox: "event", event: "break glass", pack });
  const form = make("form", { className: "actions" });
  const says = [glass.opened || pack ? glass.way : glass.none];
  if (told) says.push(known ? glass.recorded : words.kept, glass.means);
  const lines = says.map((text) => make("p", {}, filled(text, { pack })));
  if (pack && !told && !glass.opened) {
    form.append(button(filled(words.opening, { pack }), open, "button danger"));
    lines.push(form);
  }
  byId("advice").replaceChildren(...glass.advice.map((text) => make("p", {}, text)));
  byId("way").replaceChildren(...lines);
}

const ACTIONS = {
  keep: (entry) => keep({ ...entry, state: "kept" }),
  // What the refusal was made from; what changed since is asked about again.
  correct: ({ seen = "", ...entry }) =>
    again(entry, { data: { ...entry.item.data, correct: true, seen } }),
  move: (entry) => again(entry, { trial: plan.trial }),
  discard: (entry, pressed) => {
    if (pressed.dataset.sure) return forget(entry.id);
    pressed.dataset.sure = "yes";
    pressed.textContent = plan.words.sure;
    return null;
  },
};

function again(entry, changes) {
  return keep({ ...entry, state: "waiting", words: [], item: { ...entry.item, ...changes } });
}

function actionsOf(entry) {
  if (entry.state === "waiting" || !isMine(entry)) return [];
  const other = entry.reason === "other trial";
  const found = { keep: entry.state === "refused", move: other, discard: true };
  found.correct = !other && entry.item.kind !== "event";
  return Object.keys(ACTIONS).filter((name) => found[name]);
}

function summary({ item }) {
  const { answers = {}, capsules, event } = item.data;
  const parts = Object.entries(answers).map(([id, value]) => `${id.replaceAll("_", " ")} ${value}`);
  if (capsules !== undefined) parts.unshift(`${plan.words.taken}: ${capsules}`);
  const { skipped, opening } = plan.words;
  const names = { skipped, "break glass": filled(opening, item.data) };
  if (event) parts.unshift(names[event] ?? plan.words.signs);
  return parts.join(", ");
}

function row(entry) {
  const label = nightOf(entry.item.night)?.label ?? entry.item.night;
  const state = { waiting: plan.words.waiting, refused: plan.words.refused, kept: "" };
  const buttons = actionsOf(entry).map((name) => button(plan.words[name], async (event) => {
    const done = ACTIONS[name](entry, event.target);
    if (done === null) return;
    await done;
    await send();
    await refresh();
  }, name === "discard" ? "button danger" : "button quiet"));
  return make("li", { className: "card" },
    make("h3", {}, label),
    make("p", {}, isMine(entry) ? summary(entry) : plan.words.other_one),
    make("p", {}, [state[entry.state], ...(entry.words ?? [])].filter(Boolean).join(" ")),
    make("div", { className: "actions" }, ...buttons));
}

async function refresh() {
  const all = await entries();
  byId("kept-list").replaceChildren(...all.map(row));
  byId("kept").hidden = all.length === 0;
  packs = mine(all).map(({ night, data: { capsules, pack } }) =>
    capsules > 0 && pack === nightOf(night)?.pack && pack);
  instructions(all);
  showGlass(all);
  showNights();
  await show();
}

async function start() {
  const glass = byId("glass");
  glass.open = location.pathname === glass.dataset.page;
  if (glass.open) glass.scrollIntoView();
  plan = usable ? await thing("plan") : undefined;
  if (!plan) return;
  byId("no-plan").hidden = true;
  byId("table-lines").replaceChildren(...plan.table.map((line) => make("li", {}, line)));
  byId("table").hidden = byId("nights").hidden = false;
  await refresh();
  document.addEventListener("outbox", refresh);
}

start();
