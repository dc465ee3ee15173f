// The plan's stop rules, applied to what this device keeps, as the server applies them.

const DAY = 86400000;

function daysFrom(first, second) {
  return Math.round((Date.parse(second) - Date.parse(first)) / DAY);
}

// Whether a night's answers reach a rule; null if the night has none of the rule's items.
export function reached(rule, answers) {
  const found = Object.entries(rule.at_least).filter(([item]) => item in answers);
  return found.length ? found.some(([item, grade]) => answers[item] >= grade) : null;
}

function unsettled(rule, answers) {
  return Object.entries(rule.settled_below).some(([item, grade]) => (answers[item] ?? 0) >= grade);
}

function stools(rules, nights, next) {
  const rule = rules.loose_stools;
  let run = [];
  let since = null;
  let called = false;
  for (const { night, answers, doses } of nights) {
    const loose = reached(rule, answers);
    if (since !== null) {
      const late = daysFrom(since, night) + 1 >= rules.not_settled.count;
      if (unsettled(rule, answers)) called ||= late;
      // Silence does not end a hold, and after the call only a clinician does.
      else if (loose !== null && !called) [since, run] = [null, []];
      continue;
    }
    if (loose === null) continue;
    if (run.length && daysFrom(run.at(-1).night, night) > rule.gap + 1) run = [];
    run = loose ? [...run.slice(1 - rule.count), { night, doses }] : [];
    if (run.length >= rule.count && run[0].doses) {
      since = new Date(Date.parse(night) + DAY).toISOString().slice(0, 10);
    }
  }
  if (called) return ["not_settled", "loose_stools"];
  if (since !== null) return ["loose_stools"];
  if (run.length >= rule.count) return next ? ["loose_before_capsules"] : [];
  return run.length ? ["once"] : [];
}

function upset(rule, nights) {
  let found = [];
  for (const { night, answers, doses } of nights) {
    found = found.filter((before) => daysFrom(before, night) < rule.of);
    if (doses && reached(rule, answers)) found.push(night);
    if (found.length >= rule.count) return [rule.id];
  }
  return [];
}

// The pack of the last evening that has begun; null before there is one.
export function packInUse({ nights, glass }, now) {
  const begun = nights.filter(({ pack, evening_begins: at }) => pack && Date.parse(at) <= now);
  return begun.at(-1)?.pack ?? glass.pack;
}

// What the rules say: ids of rules, and "once" where one more such day would count.
// A night is { night, answers, doses }, in order; next: whether the coming night has capsules.
export function decide(list, nights, next) {
  const rules = Object.fromEntries(list.map((rule) => [rule.id, rule]));
  return [...stools(rules, nights, next), ...upset(rules.nausea_or_pain, nights)];
}
