// Seeds of one style, tried small and quickly: which of them comes nearest to the person.

import { byId, el, fill } from "./dom.js";
import { stream } from "./events.js";
import { Pieces } from "./pieces.js";
import { chip, gauge } from "./scale.js";
import { plural, tierOf } from "./words.js";

const MOST = 12;
const far = (candidate) => candidate.drift?.value ?? Infinity;

export class Seeds {
  constructor(most) {
    this.candidates = Math.min(most || MOST, MOST);
    this.dialog = byId("seeds");
    byId("seeds-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.#forget());
  }

  /** `request` is a FindSeedRequest of this path without how many; `take` is told the seed that was chosen. */
  async find(title, path, request, take) {
    this.take = take;
    this.found = [];
    this.leaving = new AbortController();
    byId("seeds-title").textContent = `Seeds for ${title}`;
    byId("seeds-trouble").hidden = true;
    this.#progress("Waiting for its turn.");
    this.dialog.showModal();
    const { signal } = this.leaving;
    try {
      await this.#read(stream(path, { ...request, candidates: this.candidates, previews: true }, signal));
      if (!signal.aborted) this.#progress(this.found.length ? "Choose one, or close this to have one drawn." : "None could be measured.");
    } catch (error) {
      if (!signal.aborted) this.#trouble(error);
    }
  }

  async #read(messages) {
    const pieces = new Pieces();
    for await (const { candidate, chunk } of messages) {
      if (candidate) this.#came(candidate);
      const look = chunk && pieces.take(chunk);
      if (look) this.#look(look);
    }
  }

  /** Nearest first, as they come. */
  #came(candidate) {
    const frame = el("span.frame", {}, el("span.none", {}, "no look"));
    const name = `Take seed ${candidate.seed}, ${candidate.drift ? `drift ${candidate.drift.value.toFixed(2)}, ` : ""}${tierOf(candidate.drift)}`;
    const card = el("button.card.small.candidate", { type: "button", "aria-label": name, onclick: () => this.#chosen(candidate.seed) },
      frame, el("span.line", {}, el("b", {}, String(candidate.seed)), chip(candidate.drift)), gauge(candidate.drift));
    this.latest = { candidate, frame, node: el("li", {}, card) };
    this.found.push(this.latest);
    const next = this.found.filter((each) => each !== this.latest && far(each.candidate) > far(candidate));
    next.sort((one, other) => far(one.candidate) - far(other.candidate));
    byId("seeds-found").insertBefore(this.latest.node, next[0]?.node ?? null);
    this.#progress(`${this.found.length} of ${plural(this.candidates, "seed")} tried.`);
  }

  #look(bytes) {
    this.latest.url = URL.createObjectURL(bytes);
    fill(this.latest.frame, el("img", { src: this.latest.url, alt: "" }));
  }

  #chosen(seed) {
    this.dialog.close();
    this.take(seed);
  }

  #progress(words) {
    byId("seeds-all").max = this.candidates;
    byId("seeds-all").value = this.found.length;
    byId("seeds-words").textContent = words;
  }

  #trouble(error) {
    byId("seeds-trouble").hidden = false;
    byId("seeds-trouble").textContent = error.message;
    byId("seeds-words").textContent = "";
  }

  /** Looks are of a person: nothing of them stays. The server stops too. */
  #forget() {
    this.leaving?.abort();
    for (const { url } of this.found ?? []) if (url) URL.revokeObjectURL(url);
    fill(byId("seeds-found"));
    this.found = [];
  }
}
