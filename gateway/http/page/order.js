// What should be made: styles and counts, how near and how large, and whether the person shown agrees.

import { now } from "./clock.js";
import { randomId } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { StyleCard } from "./style.js";
import { plural } from "./words.js";

const LARGE = [2048, 3840];

export class Order {
  /** `findSeed` is told a style's card and a FindSeedRequest without its upload. */
  constructor(server, styles, changed, findSeed) {
    this.most = server.limits.maxPictures;
    this.policy = server.policyVersion || "none";
    this.changed = changed;
    this.cards = [];
    this.findSeed = findSeed;
    const actions = {
      room: () => this.most - this.total,
      changed: () => this.#changed(),
      findSeed: (card) => this.#seek(card),
    };
    this.cards = styles.map((style, index) => new StyleCard(style, index ? 0 : 1, actions));
    fill(byId("styles"), this.cards.map((card) => card.node));
    this.#sizes(server.limits.maxLongSide);
    byId("policy").textContent = server.policyVersion ? `Policy ${server.policyVersion}.` : "";
    for (const place of ["consent", "tier", "side"]) byId(place).addEventListener("input", changed);
    this.#count();
  }

  get total() {
    return this.cards.reduce((sum, card) => sum + card.count, 0);
  }

  /** Why it cannot be sent yet. Empty: it can. */
  get missing() {
    if (!this.total) return "Choose at least one style.";
    return this.cards.map((card) => card.missing).find(Boolean) || this.#missingConsent;
  }

  /** A JobSpec. */
  spec(upload) {
    const styles = this.cards.filter((card) => card.count).map((card) => card.order);
    const acceptTier = byId("tier").value;
    return { upload, styles, consent: this.#consent, acceptTier, priority: "PRIORITY_INTERACTIVE", ...this.#size };
  }

  /** What is wrong with it, and with which style where the server says. */
  wrong({ field, message }) {
    const index = /^spec\.styles\[(\d+)\]/.exec(field)?.[1];
    const card = index && this.cards.filter((each) => each.count)[index];
    return card ? `${card.style.title}: ${message}` : message;
  }

  /** Nobody has agreed to what comes next. */
  forgetConsent() {
    byId("agreed").checked = false;
  }

  get #missingConsent() {
    if (!this.#subject) return "Say who is shown.";
    if (!byId("purpose").value.trim()) return "Say what the pictures are for.";
    return byId("agreed").checked ? "" : "The person shown has to agree.";
  }

  /** The reference is drawn here: one word that names nobody. */
  get #consent() {
    return {
      subject: this.#subject,
      reference: `page-${randomId()}`,
      purpose: byId("purpose").value.trim(),
      policyVersion: this.policy,
      giveTime: new Date(now()).toISOString(),
    };
  }

  get #subject() {
    return byId("consent").querySelector("input[name=subject]:checked")?.value;
  }

  get #size() {
    const side = Number(byId("side").value);
    return side ? { longSide: side } : {};
  }

  /** Pictures are made of somebody, if small ones: why not yet, or nothing. */
  #seek(card) {
    const missing = this.#missingConsent;
    if (!missing) this.findSeed(card, this.#trial(card));
    return missing;
  }

  /** From a seed that is drawn: around the one that stands there nothing new would be found. */
  #trial(card) {
    const { seed: _, ...style } = card.order;
    return { style, consent: this.#consent, ...this.#size };
  }

  #sizes(most) {
    const larger = LARGE.filter((side) => side <= most);
    const options = larger.map((side) => el("option", { value: String(side) }, `${side} pixels on the longer side`));
    byId("side").append(...options);
  }

  #changed() {
    for (const card of this.cards) card.show();
    this.#count();
    this.changed();
  }

  #count() {
    byId("total").textContent = plural(this.total, "picture");
  }
}
