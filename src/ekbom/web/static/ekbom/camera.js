// Reads the square codes on packs and slips with the camera, where the browser can: first the label
// of a pack, then the slip that lay in it.  The button is shown only where that works; codes can
// always be typed.

const PAUSE = 250; // milliseconds between two looks

const place = document.getElementById("camera");
const view = document.getElementById("view");
const scan = document.getElementById("scan");
const halt = document.getElementById("halt");
let stream = null;
let pack = null;
let last = "";

function say(words) {
  document.getElementById("scanned").textContent = words.replace("{pack}", pack ?? "");
}

function field(name) {
  return document.querySelector(`[name="${name}_${pack}"]`);
}

function readLabel(text) {
  const [, , mark, number] = text.split(":");
  if (mark !== place.dataset.mark) return say(place.dataset.other);
  pack = number;
  if (!field("code")) return say(place.dataset.strange);
  field("label").value = text;
  field("code").closest("details")?.setAttribute("open", "");
  return say(place.dataset.label);
}

function readSlip(text) {
  if (!pack || !field("code")) return say(place.dataset.first);
  field("scan").value = text;
  field("code").value = text.split(":")[2];
  say(place.dataset.slip);
  pack = null;
  return undefined;
}

// What the person types counts, and not what a camera read before.
function typed({ target }) {
  if (!target.dataset.code) return;
  pack = target.dataset.code;
  field("scan").value = "";
  field("label").value = "";
  pack = null;
}

export function found(text) {
  if (text === last) return;
  last = text;
  if (text.startsWith("EKBOM:PACK:")) readLabel(text);
  else if (text.startsWith("EKBOM:SLIP:")) readSlip(text);
  else say(place.dataset.strange);
}

async function look(detector) {
  if (!stream) return;
  const codes = view.readyState >= 2 ? await detector.detect(view) : [];
  if (codes.length) found(codes[0].rawValue);
  setTimeout(() => look(detector).catch(stop), PAUSE);
}

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  last = "";
  view.hidden = halt.hidden = true;
}

async function start() {
  stop();
  try {
    const video = { facingMode: "environment" };
    stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    view.srcObject = stream;
    view.hidden = halt.hidden = false;
    await view.play();
    await look(new BarcodeDetector({ formats: ["qr_code"] }));
  } catch {
    stop();
    say(place.dataset.none);
  }
}

async function able() {
  if (!place || !("BarcodeDetector" in window) || !navigator.mediaDevices) return false;
  return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
}

if (await able().catch(() => false)) {
  place.hidden = false;
  scan.addEventListener("click", start);
  halt.addEventListener("click", stop);
  document.addEventListener("input", typed);
  window.addEventListener("pagehide", stop);
}
