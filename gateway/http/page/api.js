// The calls of the API as fetch makes them. The key, where one is needed, lives in this module and nowhere else.

let key = "";
let askForKey = async () => "";
let asking = null;

/** A google.rpc.Status: `message` says what to do, `reason` is the contract's word, `code` is gRPC's. */
export class Refused extends Error {
  constructor(status, httpCode) {
    super(status.message || `The server answered ${httpCode}.`);
    const details = status.details ?? [];
    this.code = status.code ?? 2;
    this.httpCode = httpCode;
    this.reason = details.find((each) => each.reason)?.reason ?? "";
    this.field = details.find((each) => each.fieldViolations)?.fieldViolations[0]?.field ?? "";
    this.retryAfter = Number.parseFloat(details.find((each) => each.retryDelay)?.retryDelay ?? "0");
  }

  get forgotten() {
    return this.httpCode === 404;
  }
}

/** `ask` shows the question and answers what was typed, "" where it was put aside. */
export function whenKeyIsNeeded(ask) {
  askForKey = ask;
}

/** A response that went well; asks for a key where the server wants one, and again while it is wrong. */
export async function call(verb, path, { body, headers = {}, signal } = {}) {
  for (;;) {
    const used = key;
    const answer = await fetch(`/v1/${path}`, {
      method: verb,
      body,
      signal,
      headers: used ? { ...headers, authorization: `Bearer ${used}` } : headers,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    if (answer.ok) return answer;
    const refused = await refusal(answer);
    if (answer.status !== 401 || !(await newKey(used))) throw refused;
  }
}

/** Calls that are refused at the same time ask once. */
async function newKey(used) {
  if (key !== used) return true;
  asking ??= askForKey(Boolean(used)).finally(() => (asking = null));
  const typed = (await asking).trim();
  if (typed) key = typed;
  return Boolean(typed);
}

export async function refusal(answer) {
  const status = await answer.json().catch(() => ({}));
  return new Refused(status, answer.status);
}

export const json = (message) => ({ body: JSON.stringify(message), headers: { "content-type": "application/json" } });

export const get = async (path, options) => (await call("GET", path, options)).json();
export const post = async (path, message = {}) => (await call("POST", path, json(message))).json();
export const erase = async (name) => (await call("DELETE", name)).json();
export const bytesOf = async (path) => (await call("GET", path)).blob();

/** All pages of a list. */
export async function every(path, field) {
  const found = [];
  for (let token = ""; ; ) {
    const page = await get(`${path}?page_size=100${token && `&page_token=${encodeURIComponent(token)}`}`);
    found.push(...(page[field] ?? []));
    token = page.nextPageToken;
    if (!token) return found;
  }
}

export async function upload(photos) {
  const form = new FormData();
  photos.forEach((photo, index) => form.append("photo", photo, `photo-${index}`));
  return (await (await call("POST", "uploads", { body: form })).json()).upload;
}

/** crypto.randomUUID is kept from pages that came without TLS. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
