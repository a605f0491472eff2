// One style that can be ordered: how many, and whatever else is wished for.

import { announce, el } from "./dom.js";

const LONGEST_WORDS = 200;
const LARGEST_SEED = 2 ** 32 - 1;
const spoken = (id) => id.replaceAll("-", " ");

export class StyleCard {
  /** `room` answers how many more there may be, `findSeed` the reason why not now; both are asked when pressed. */
  constructor(style, count, { room, changed, findSeed }) {
    this.style = style;
    this.count = count;
    this.room = room;
    this.changed = changed;
    this.findSeed = findSeed;
    this.#makeWishes();
    this.node = this.#card();
    this.show();
  }

  /** What keeps it from being sent. Empty: nothing. */
  get missing() {
    if (!this.count || this.seed.validity.valid) return "";
    return `The seed of ${this.style.title} is a whole number, at most ${LARGEST_SEED}.`;
  }

  /** A StyleOrder. What was not chosen is the style's own. */
  get order() {
    const { pose, expression, words, seed } = this;
    return {
      style: this.style.id,
      count: this.count,
      ...(pose.value && { pose: pose.value }),
      ...(expression.value && { expression: expression.value }),
      ...(words?.value.trim() && { freeText: words.value.trim() }),
      ...(seed.value && { seed: Number(seed.value) }),
    };
  }

  takeSeed(seed) {
    this.seed.value = String(seed);
    announce(`Seed ${seed} is taken for ${this.style.title}.`);
    this.#wished();
  }

  show() {
    this.shown.textContent = String(this.count);
    this.less.setAttribute("aria-disabled", String(this.count === 0));
    this.more.setAttribute("aria-disabled", String(this.room() < 1));
    this.node.classList.toggle("wanted", this.count > 0);
    this.wishes.hidden = !this.count;
  }

  #step(by) {
    if (this.count + by < 0 || by > this.room()) return;
    this.count += by;
    this.changed();
  }

  #card() {
    const { title, description, size } = this.style;
    const step = (name, by, sign) =>
      el("button.step", { type: "button", "aria-label": `${name} of ${title}`, onclick: () => this.#step(by) }, sign);
    this.shown = el("output", { "aria-live": "off" });
    this.less = step("Fewer", -1, "−");
    this.more = step("More", 1, "+");
    const shape = size && `${size.width} × ${size.height} as rendered`;
    return el("li.style", { title: shape },
      el("div.about", {}, el("h3", {}, title), el("p.why", {}, description)),
      el("div.count", { role: "group", "aria-label": `How many of ${title}` }, this.less, this.shown, this.more),
      this.wishes,
    );
  }

  #makeWishes() {
    const { title, poses, expressions, takesFreeText } = this.style;
    this.pose = choice(poses, "in turn");
    this.expression = choice(expressions, "the usual");
    this.words = takesFreeText ? el("input", { type: "text", maxLength: LONGEST_WORDS, autocomplete: "off" }) : null;
    this.seed = el("input", { type: "number", min: 0, max: LARGEST_SEED, step: 1, placeholder: "drawn at random" });
    this.chosen = el("small", {});
    this.why = el("p.why", { role: "status" });
    const find = el("button.quiet", { type: "button", onclick: () => this.#find() }, "Find a good seed");
    find.setAttribute("aria-label", `Find a good seed for ${title}`);
    const label = (words, control) => control && el("label", {}, words, control);
    this.wishes = el("details.wishes", {},
      el("summary", {}, this.words ? "Pose, expression, words, seed" : "Pose, expression, seed", this.chosen),
      el("div.choices", { role: "group", "aria-label": `Wishes for ${title}`, oninput: () => this.#wished() },
        label("Pose", this.pose), label("Expression", this.expression),
        label("A few words of your own", this.words), label("Seed of the first picture", this.seed)),
      find, this.why,
    );
  }

  #find() {
    this.why.textContent = this.findSeed(this);
  }

  #wished() {
    const { pose, expression, freeText, seed } = this.order;
    const said = [pose && spoken(pose), expression && spoken(expression), freeText && `“${freeText}”`];
    if (seed !== undefined) said.push(`seed ${seed}`);
    this.chosen.textContent = said.filter(Boolean).join(", ");
    this.why.textContent = "";
    this.changed();
  }
}

function choice(ids, usual) {
  return el("select", {}, el("option", { value: "" }, usual), ids.map((id) => el("option", { value: id }, spoken(id))));
}
