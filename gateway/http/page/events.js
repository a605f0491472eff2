// A watch that outlives its connections. fetch instead of EventSource, which can carry no key.

import { Refused, call, json } from "./api.js";

// The server says something at least every 15 seconds; two missed ones are a broken connection.
const SILENCE_MS = 35_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
// google.rpc.Code: what can end differently if it is tried again.
const PASSING = new Set([1, 4, 8, 14]);

/**
 * Every message of a watch, in order, over as many connections as it takes. Kept events come once: each connection
 * resumes after the last one seen. Ends with the job; throws Refused where coming back is no use.
 */
export async function* watch(path, { signal, lost = () => {}, back = () => {} }) {
  let last = "";
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    let wait = pause;
    try {
      const headers = last ? { "last-event-id": last } : {};
      for await (const event of connection("GET", path, { headers }, signal)) {
        back();
        if (event.type === "open") continue;
        if (event.type === "status") {
          const status = JSON.parse(event.data);
          if (!status.code) return;
          throw new Refused(status, 200);
        }
        pause = FIRST_PAUSE_MS / 2;
        last = event.id ?? last;
        yield JSON.parse(event.data);
      }
      if (signal?.aborted) return;
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof Refused && !PASSING.has(error.code)) throw error;
      wait = Math.max(wait, 1000 * (error.retryAfter ?? 0));
    }
    lost();
    await rest(wait, signal);
  }
}

/** Every message of an answer that streams, over one connection. Throws where it does not come to its end. */
export async function* stream(path, message, signal) {
  for await (const event of connection("POST", path, json(message), signal)) {
    if (event.type === "open") continue;
    const said = JSON.parse(event.data);
    if (event.type !== "status") yield said;
    else if (said.code) throw new Refused(said, 200);
    else return;
  }
  throw new Error("The connection was lost. Try again.");
}

/** Events of one connection, until it ends or breaks. A `204` is the end of the watch itself. */
async function* connection(verb, path, { headers, body }, signal) {
  const mine = new AbortController();
  const stop = () => mine.abort();
  signal?.addEventListener("abort", stop);
  let silence = setTimeout(stop, SILENCE_MS);
  try {
    const asked = { ...headers, accept: "text/event-stream" };
    const answer = await call(verb, path, { headers: asked, body, signal: mine.signal });
    if (answer.status === 204) {
      yield { type: "status", data: "{}" };
      return;
    }
    yield { type: "open" };
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE_MS);
      const blocks = (text + value.replaceAll("\r", "")).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener("abort", stop);
    mine.abort();
  }
}

/** One event as the HTML standard writes it; null for comments. */
function parse(block) {
  const event = { type: "message", data: null, id: null };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") event.data = event.data === null ? value : `${event.data}\n${value}`;
    if (field === "event") event.type = value;
    if (field === "id") event.id = value;
  }
  return event.data === null ? null : event;
}

/** Cut short when the network says that it is there again. */
function rest(milliseconds, signal) {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal?.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal?.addEventListener("abort", end);
  });
}
