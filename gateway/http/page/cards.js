// One picture each: on its way, kept, given up or rejected. The words are those of the contact sheet.

import { el, fill } from "./dom.js";
import { chip, gauge } from "./scale.js";
import { bytesWords, plural, stageWords, tierOf } from "./words.js";

const SOURCES = {
  SOURCE_TRAINED_ALGORITHMIC: "labelled as made by AI",
  SOURCE_COMPOSITE: "labelled as a composite",
};

/** A place for a picture that is not there yet. */
export class Waiting {
  constructor(title) {
    this.frame = el("div.frame.empty", {}, el("span.none", {}, "not begun"));
    this.bar = el("progress", { max: 1, value: 0, "aria-label": title });
    this.words = el("p.why", {}, stageWords());
    this.node = el("article.card.waiting", {}, this.frame, el("header", {}, el("h3", {}, title)), this.bar, this.words);
  }

  /** The bar is of the stage that is named, and goes back when another try begins: that is what happens. */
  step({ picture, stage, step, steps }) {
    this.bar.max = steps || 1;
    this.bar.value = step;
    const far = steps ? ` ${step} of ${steps}` : "";
    this.words.textContent = `Try ${picture.attempt}, seed ${picture.seed}: ${stageWords(stage)}${far}`;
    if (this.frame.querySelector(".none")) fill(this.frame, el("span.none", {}, "rendering"));
  }

  look(image) {
    fill(this.frame, el("img", { src: image, alt: "" }));
  }

  rejected({ attempt }, drift) {
    this.bar.value = 0;
    const why = drift ? `drifted ${drift.value.toFixed(2)}` : "could not be measured";
    this.words.textContent = `Try ${attempt} ${why}; another one follows.`;
    fill(this.frame, el("span.none", {}, "another try"));
  }

  givenUp({ attempt }, best) {
    this.node.classList.replace("waiting", "given-up");
    this.bar.remove();
    const nearest = best ? ` The nearest came to ${best.value.toFixed(2)}, ${tierOf(best)}.` : "";
    this.words.textContent = `Given up after ${plural(attempt, "try", "tries")}.${nearest}`;
    fill(this.frame, el("span.none", {}, "none was near enough"));
  }

  /** Nothing more will come. */
  ended() {
    if (!this.node.classList.contains("waiting")) return;
    this.node.classList.replace("waiting", "given-up");
    this.bar.remove();
    this.words.textContent = "Not made.";
    fill(this.frame, el("span.none", {}, "not made"));
  }
}

/** `compare` and `download` are what its buttons do. */
export function keptCard(title, result, image, { compare, download }) {
  const shape = result.size ? { "aspect-ratio": `${result.size.width} / ${result.size.height}` } : {};
  const picture = image ? el("img", { src: image, alt: title }) : el("span.none", {}, "no thumbnail");
  const facts = [
    ["seed", result.seed],
    ["tries", result.tries],
    ["size", `${result.size?.width} × ${result.size?.height}, ${bytesWords(result.sizeBytes)}`],
    ["engine", result.madeBy?.find(({ service }) => service === "generator")?.engine || "not said"],
    ...(result.secondOpinions ?? []).map((drift) => ["second opinion", `${drift.value.toFixed(2)} ${tierOf(drift)}`]),
  ];
  if (result.driftBeforeUpscale) facts.push(["before enlarging", result.driftBeforeUpscale.value.toFixed(2)]);
  return el("article.card.kept", {},
    el("button.frame.plain", { type: "button", onclick: compare, "aria-label": `Compare ${title} with the photo`, style: shape }, picture),
    el("header", {}, el("h3", {}, title), chip(result.drift)),
    gauge(result.drift),
    list(facts),
    result.copy && el("p.warning", {}, "Nearer to a photo than the photos are to one another."),
    marks(result.provenance),
    el("div.actions", {},
      el("button.quiet", { type: "button", onclick: compare, "aria-label": `Compare ${title}` }, "Compare"),
      el("button.quiet", { type: "button", onclick: download, "aria-label": `Download ${title}` }, "Download")),
  );
}

/** A render that was not kept, and why. */
export function rejectedCard(title, render, image) {
  const name = `${title}, try ${render.attempt}`;
  const late = render.outcome === "OUTCOME_REJECTED_AFTER_UPSCALE" ? " after enlarging" : "";
  const why = render.problem?.message || "The server gives no reason.";
  const reason = render.problem?.reason?.replace("REASON_", "");
  return el("article.card.small", {},
    el("div.frame", {}, image ? el("img", { src: image, alt: name }) : el("span.none", {}, "no thumbnail")),
    el("header", {}, el("h3", {}, name), chip(render.drift)),
    gauge(render.drift),
    el("p.why", {}, `${why}${late} `, reason && el("code.reason", {}, reason)),
    list([["seed", render.rendering?.seed ?? "not said"]]),
  );
}

function list(facts) {
  const rows = facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value))));
  return el("dl", {}, rows);
}

function marks(provenance) {
  if (!provenance) return null;
  const said = [
    provenance.metadata && (SOURCES[provenance.source] ?? "labelled"),
    provenance.signed && "signed (C2PA)",
    provenance.watermarked && "watermarked",
  ].filter(Boolean);
  return said.length > 0 && el("p.marks", {}, said.join(" · "));
}
