// The pictures of one job as they arrive: one place each, filled by the events of its watch.

import { bytesOf, every } from "./api.js";
import { Waiting, keptCard, rejectedCard } from "./cards.js";
import { announce, byId, el, fill } from "./dom.js";
import { Pieces } from "./pieces.js";
import { strip } from "./scale.js";
import { plural, secondsOf, spanWords } from "./words.js";

// More than any order has.
const FURTHEST = 1_000_000;
const placeOf = ({ result }) => result.styleIndex * FURTHEST + result.picture;

const REJECTED = new Set(["OUTCOME_REJECTED", "OUTCOME_REJECTED_AFTER_UPSCALE"]);

export class Board {
  /** `actions`: compare(kept, index) and download(kept), where kept is { title, result, url }. */
  constructor(job, titles, actions) {
    this.name = job.name;
    this.titles = titles;
    this.actions = actions;
    this.kept = [];
    this.renders = new Map();
    this.places = new Map();
    this.urls = [];
    this.look = null;
    this.reading = Promise.resolve();
    byId("kept").replaceChildren(...job.spec.styles.flatMap((order, index) => this.#placesOf(order, index)));
    fill(byId("rejected"));
    fill(byId("strip"));
    byId("rejected-part").hidden = true;
    this.#progress(job.progress);
  }

  /** One message of the watch. Kinds that it does not know are skipped. */
  async take({ event, chunk }) {
    if (chunk) this.#lookComes(chunk);
    if (event?.state) this.#progress(event.state.progress);
    if (event?.step) this.#stepped(event.step);
    if (event?.judged) this.#judged(event.judged);
    if (event?.preview) this.look = { place: this.#place(event.preview.picture), pieces: new Pieces() };
    if (event?.givenUp) this.#place(event.givenUp.picture)?.givenUp(event.givenUp.picture, event.givenUp.best);
    if (event?.result) await this.#stored(event.result.result);
  }

  /** The job has ended: what it says itself is the last word. */
  async end(job) {
    for (const result of job.results) await this.#stored(result);
    for (const place of this.places.values()) place.ended();
    this.#progress(job.progress);
    await this.#tellWhy();
  }

  /** Nothing of the pictures stays in this page. */
  forget() {
    for (const url of this.urls) URL.revokeObjectURL(url);
    fill(byId("kept"));
    fill(byId("rejected"));
    fill(byId("strip"));
    this.kept = [];
  }

  #placesOf(order, index) {
    return Array.from({ length: order.count }, (_, picture) => {
      const waiting = new Waiting(this.#title(order.style, picture));
      this.places.set(`${index}/${picture}`, waiting);
      return el("li", {}, waiting.node);
    });
  }

  #title(style, picture) {
    return `${this.titles.get(style) ?? style} ${picture + 1}`;
  }

  #place({ styleIndex, picture }) {
    return this.places.get(`${styleIndex}/${picture}`);
  }

  #stepped(step) {
    this.#place(step.picture)?.step(step);
    this.#estimate(step.estimate);
  }

  #judged({ picture, tryName, outcome, drift }) {
    this.renders.set(tryName, { drift, kept: !REJECTED.has(outcome) });
    fill(byId("strip"), strip([...this.renders.values()]));
    if (!REJECTED.has(outcome)) return;
    this.#place(picture)?.rejected(picture, drift);
    this.#tellWhy().catch(() => {}); // it is read again at the end
  }

  /** One reading after another: two at a time would show the same record twice. */
  #tellWhy() {
    const reading = this.reading.then(() => this.#readTries());
    this.reading = reading.catch(() => {});
    return reading;
  }

  #lookComes(chunk) {
    const look = this.look?.pieces.take(chunk);
    if (!look) return;
    this.look.place?.look(this.#url(look));
    this.look = null;
  }

  async #stored(result) {
    const key = `${result.styleIndex}/${result.picture}`;
    if (this.kept.some((each) => each.key === key)) return;
    const title = this.#title(result.style, result.picture);
    const kept = { key, title, result };
    this.kept.push(kept);
    this.kept.sort((one, other) => placeOf(one) - placeOf(other));
    const image = await this.#thumbnail(result.name);
    const card = keptCard(title, result, image, {
      compare: () => this.actions.compare(this.kept, this.kept.indexOf(kept)),
      download: () => this.actions.download(kept),
    });
    this.places.get(key)?.node.replaceWith(card);
    this.places.delete(key);
    announce(`${title} has arrived.`);
    byId("zip").hidden = false;
  }

  /** Why renders were not kept is in their records alone. */
  async #readTries() {
    const tries = await every(`${this.name}/tries`, "tries");
    const rejected = tries.filter((each) => REJECTED.has(each.outcome));
    const shown = byId("rejected");
    for (const each of rejected.slice(shown.children.length)) {
      const image = each.hasThumbnail ? await this.#thumbnail(each.name) : null;
      shown.append(el("li", {}, rejectedCard(this.#title(each.style, each.picture), each, image)));
    }
    byId("rejected-count").textContent = String(shown.children.length);
    byId("rejected-part").hidden = !shown.children.length;
  }

  async #thumbnail(name) {
    const bytes = await bytesOf(`${name}:thumbnail`).catch(() => null);
    return bytes && this.#url(bytes);
  }

  #url(bytes) {
    const url = URL.createObjectURL(bytes);
    this.urls.push(url);
    return url;
  }

  #progress(progress) {
    if (!progress) return;
    const { kept, wanted, tries, givenUp } = progress;
    fill(byId("numbers"),
      el("li", {}, el("b", {}, String(kept)), ` of ${wanted} kept`),
      el("li", {}, el("b", {}, String(tries)), tries === 1 ? " render" : " renders"),
      givenUp > 0 && el("li", {}, el("b", {}, String(givenUp)), " given up"),
    );
    byId("all").max = wanted || 1;
    byId("all").value = kept + givenUp;
    byId("all").setAttribute("aria-valuetext", `${plural(kept, "picture")} of ${wanted} kept`);
    this.#estimate(progress.estimate);
  }

  #estimate(estimate) {
    byId("estimate").textContent = estimate ? `about ${spanWords(secondsOf(estimate))} to go` : "";
  }
}
