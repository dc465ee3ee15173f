// Keeps the pages that work without a network, and nothing that anybody wrote.

const CACHE = "ekbom-" + {{ version|safe }};
const FILES = {{ files|safe }};
const PAGES = {{ pages|safe }};
// Who needs help or writes down a night must not wait; a verdict may take a slow machine its time.
const HURRIED = /^\/($|tonight\/|nights\/|signs\/)/;
const SECONDS = [3, 30];

// Whether a cookie or a language was sent when a page was kept must not matter when it is needed.
const ANY = { ignoreVary: true };

async function keepPages() {
  const cache = await caches.open(CACHE);
  for (const page of PAGES) {
    const response = await fetch(page, { cache: "reload" });
    if (response.ok && !response.redirected) await cache.put(page, response);
  }
}

async function install() {
  await (await caches.open(CACHE)).addAll(FILES);
  await keepPages();
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

function late(path) {
  const seconds = SECONDS[HURRIED.test(path) ? 0 : 1];
  return new Promise((_, reject) => setTimeout(reject, 1000 * seconds));
}

// The network first; without it the page itself where it is kept, else the one that always works.
// What is sent may take its time.
async function page(request, path) {
  try {
    const answer = fetch(request);
    return await (request.method === "GET" ? Promise.race([answer, late(path)]) : answer);
  } catch {
    const wanted = PAGES.includes(path) ? path : PAGES[0];
    return (await caches.match(wanted, ANY)) ?? Response.error();
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  if (event.data === "refresh") event.waitUntil(keepPages().catch(() => {}));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, url.pathname));
  else if (FILES.includes(url.pathname)) {
    event.respondWith(caches.match(request, ANY).then((found) => found ?? fetch(request)));
  }
});
