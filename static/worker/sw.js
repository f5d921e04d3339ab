// @ts-check
/**
 * Keeps the pages of a practice and their files on this phone, so that they open without network. Nothing personal
 * is ever in here: the shell is the same for everybody, and everything else goes to the network as if this were not.
 *
 * The server puts one line before this one: `self.ebb`, which says what belongs to this version.
 */

/**
 * `pages` come from here first. `fallbacks` are asked of the network, and where there is none the shell answers.
 * @typedef {{version: string, files_version: string, shell: string, pages: string[], fallbacks: string[],
 *   files: string[]}} Version
 */

const worker = /** @type {ServiceWorkerGlobalScope & {ebb: Version}} */ (/** @type {unknown} */ (self));
const { version, files_version, shell, pages, fallbacks, files } = worker.ebb;
const PREFIX = "ebb-";
/** Named by the version of the files first: that is what a page knows of itself. */
const NAME = `${PREFIX}${files_version}-${version}`;
const USES = "ebb-uses-";
const PRACTISING = "ebb-practice";
const BLANK = "/blank";
/** What a proxy answers while the server behind it is away. */
const AWAY = [502, 503, 504];

worker.addEventListener("install", (event) => event.waitUntil(fill()));

worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("message", (event) => {
  if (event.data === "take-over") event.waitUntil(takeOver());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode !== "navigate") {
    if (url.pathname.startsWith("/static/")) event.respondWith(file(request, url.pathname));
    return;
  }
  if (pages.includes(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (fallbacks.includes(url.pathname)) event.respondWith(networkOrShell(request));
  event.waitUntil(sweep());
});

/** All of it or nothing: half a version is none. */
async function fill() {
  const cache = await caches.open(NAME);
  try {
    await Promise.all([
      ...files.map(async (address) => cache.put(address, await fetched(new Request(address), "immutable"))),
      // What a page of ours is today, not what it was when it was last looked at.
      ...pages.map(async (address) =>
        cache.put(
          address,
          await fetched(new Request(address, { cache: "reload", headers: { Accept: "text/html" } })),
        ),
      ),
    ]);
  } catch (error) {
    await caches.delete(NAME);
    throw error;
  }
}

/**
 * @param {Request} request
 * @param {string} [mark] the server says so of a file of this very version; of another one it hands out today's
 */
async function fetched(request, mark) {
  const answer = await fetch(request);
  const marked = !mark || answer.headers.get("Cache-Control")?.includes(mark);
  if (!answer.ok || answer.redirected || !marked)
    throw new TypeError("this version cannot be had in one piece");
  return answer;
}

/**
 * A file carries its version in its address, so whichever cache has it has the right one: a page of the version
 * before goes on with its own.
 * @param {Request} request @param {string} address
 */
async function file(request, address) {
  return (await caches.match(address, { ignoreVary: true })) ?? fetch(request);
}

/** @param {Request} request @param {string} address */
async function page(request, address) {
  return (await kept(address)) ?? fetch(request);
}

/** @param {string} address */
async function kept(address) {
  const cache = await caches.open(NAME);
  return cache.match(address, { ignoreVary: true });
}

/** @param {Request} request */
async function networkOrShell(request) {
  try {
    const answer = await fetch(request);
    if (!AWAY.includes(answer.status)) return answer;
    return (await kept(shell)) ?? answer;
  } catch (error) {
    const found = await kept(shell);
    if (found) return found;
    throw error;
  }
}

/** A page asks for it when it has just begun, or a practice has ended. A practice, anywhere, is never disturbed. */
async function takeOver() {
  const { held = [] } = await worker.navigator.locks.query();
  if (!held.some((lock) => lock.name === PRACTISING)) await worker.skipWaiting();
}

/**
 * Deletes the files of versions before, once no open page needs them. Each page holds a lock that names its version;
 * while one is open that has not said so yet, nothing is deleted.
 */
async function sweep() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  // Before it has taken over, what is "old" is in use.
  if (!old.length || worker.registration.active?.state !== "activated" || worker.registration.waiting) return;
  const { held = [] } = await worker.navigator.locks.query();
  const uses = held.filter((lock) => lock.name?.startsWith(USES));
  const open = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const told = new Set(uses.map((lock) => lock.clientId)).size;
  const silent = open.filter((client) => new URL(client.url).pathname !== BLANK).length > told;
  if (silent) return;
  // Those of the same files lie in this version's own cache as well; it is the page around them that is another.
  const needed = new Set(
    uses.map((lock) => lock.name?.slice(USES.length)).filter((one) => one !== files_version),
  );
  for (const name of old) {
    if (!needed.has(name.slice(PREFIX.length).split("-")[0])) await caches.delete(name);
  }
}
