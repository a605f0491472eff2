// What should be made: styles and counts, how near and how large, and whether the person shown agrees.

import { now } from "./clock.js";
import { randomId } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { plural } from "./words.js";

const LARGE = [2048, 3840];

export class Order {
  constructor(server, styles, changed) {
    this.most = server.limits.maxPictures;
    this.policy = server.policyVersion || "none";
    this.counts = new Map(styles.map((style, index) => [style.id, index ? 0 : 1]));
    this.changed = changed;
    fill(byId("styles"), styles.map((style) => this.#card(style)));
    this.#sizes(server.limits.maxLongSide);
    byId("policy").textContent = server.policyVersion ? `Policy ${server.policyVersion}.` : "";
    for (const input of byId("consent").querySelectorAll("input")) input.addEventListener("input", changed);
  }

  get total() {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Why it cannot be sent yet. Empty: it can. */
  get missing() {
    if (!this.total) return "Choose at least one style.";
    if (!this.#subject) return "Say who is shown.";
    if (!byId("purpose").value.trim()) return "Say what the pictures are for.";
    return byId("agreed").checked ? "" : "The person shown has to agree.";
  }

  /** A JobSpec. The reference is drawn here: one word that names nobody. */
  spec(upload) {
    const styles = [...this.counts].filter(([, count]) => count).map(([style, count]) => ({ style, count }));
    const consent = {
      subject: this.#subject,
      reference: `page-${randomId()}`,
      purpose: byId("purpose").value.trim(),
      policyVersion: this.policy,
      giveTime: new Date(now()).toISOString(),
    };
    const spec = { upload, styles, consent, acceptTier: byId("tier").value, priority: "PRIORITY_INTERACTIVE" };
    const side = Number(byId("side").value);
    return side ? { ...spec, longSide: side } : spec;
  }

  /** Nobody has agreed to what comes next. */
  forgetConsent() {
    byId("agreed").checked = false;
  }

  get #subject() {
    return byId("consent").querySelector("input[name=subject]:checked")?.value;
  }

  #sizes(most) {
    const larger = LARGE.filter((side) => side <= most);
    const options = larger.map((side) => el("option", { value: String(side) }, `${side} pixels on the longer side`));
    byId("side").append(...options);
  }

  #card({ id, title, description, size }) {
    const shown = el("output", { "aria-live": "off" });
    const less = el("button.step", { type: "button", "aria-label": `Fewer of ${title}` }, "−");
    const more = el("button.step", { type: "button", "aria-label": `More of ${title}` }, "+");
    const card = el("li.style", {},
      el("div", {}, el("h3", {}, title), el("p.why", {}, description)),
      el("div.count", { role: "group", "aria-label": `How many of ${title}` }, less, shown, more),
    );
    if (size) card.title = `${size.width} × ${size.height} as rendered`;
    const show = () => {
      const count = this.counts.get(id);
      shown.textContent = String(count);
      less.setAttribute("aria-disabled", String(count === 0));
      more.setAttribute("aria-disabled", String(this.total >= this.most));
      card.classList.toggle("wanted", count > 0);
      byId("total").textContent = plural(this.total, "picture");
    };
    const step = (by) => {
      const count = this.counts.get(id) + by;
      if (count < 0 || this.total + by > this.most) return;
      this.counts.set(id, count);
      show();
      this.changed();
    };
    less.addEventListener("click", () => step(-1));
    more.addEventListener("click", () => step(1));
    show();
    return card;
  }
}
