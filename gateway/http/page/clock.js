// Time as the server has it, and what is left of it.

import { el } from "./dom.js";
import { clockWords } from "./words.js";

let ahead = 0;
const ticking = new Map();

/** Its clock is the one that everything expires by. */
export function setBy(serverTime) {
  ahead = new Date(serverTime).getTime() - Date.now();
}

export const now = () => Date.now() + ahead;

/** Counts down to a time and then says so. It stops by itself once it has left the page. */
export function countdown(time, ended = () => {}) {
  const shown = el("time.clock", { dateTime: time, role: "timer" });
  ticking.set(shown, { until: new Date(time).getTime(), ended });
  tick();
  return shown;
}

function tick() {
  for (const [shown, { until, ended }] of ticking) {
    const left = (until - now()) / 1000;
    shown.textContent = clockWords(left);
    if (left > 0) continue;
    ticking.delete(shown);
    ended();
  }
}

setInterval(() => {
  for (const shown of ticking.keys()) if (!shown.isConnected) ticking.delete(shown);
  tick();
}, 1000);
