// What this device keeps in IndexedDB: the entries that were not sent yet, and the plan.

let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("ekbom", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("entries", { keyPath: "id" });
      request.result.createObjectStore("things");
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => resolve(request.result);
  });
  opened.catch(() => { opened = undefined; });
  return opened;
}

async function within(store, mode, work) {
  const transaction = (await open()).transaction(store, mode);
  return new Promise((resolve, reject) => {
    const request = work(transaction.objectStore(store));
    // Only a finished transaction is on the disk; a finished request is not.
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export async function entries() {
  const all = await within("entries", "readonly", (store) => store.getAll());
  return all.sort((a, b) => a.order - b.order);
}

// An entry: { id, order, state: waiting | refused | kept, words, reason, item }.
export async function keep(entry) {
  const all = await entries();
  const order = all.find((known) => known.id === entry.id)?.order ?? (all.at(-1)?.order ?? 0) + 1;
  return within("entries", "readwrite", (store) => store.put({ ...entry, order }));
}

export function forget(id) {
  return within("entries", "readwrite", (store) => store.delete(id));
}

export function thing(name) {
  return within("things", "readonly", (store) => store.get(name));
}

export function keepThing(name, value) {
  return within("things", "readwrite", (store) => store.put(value, name));
}

// Forgets everything of this site on this device: entries, plan and cached pages.
export async function wipe() {
  for (const store of ["entries", "things"]) {
    await within(store, "readwrite", (all) => all.clear());
  }
  for (const name of await caches.keys()) await caches.delete(name);
}
