// Drift drawn to scale, as on the contact sheet: how far a picture is from its person, beside the limits of each tier.

import { el, svg } from "./dom.js";
import { tierOf } from "./words.js";

let recognisers = new Map();

/** Thresholds are the server's, by the recogniser that measured; never another's. */
export function learn(server) {
  const all = [server.recogniser, ...(server.secondOpinions ?? [])].filter(Boolean);
  recognisers = new Map(all.map((each) => [each.id, each.thresholds]));
}

export function chip(drift) {
  const tier = tierOf(drift);
  return el(`span.chip.${tier}`, {}, tier);
}

/** A number, and where it stands between identical and another person. */
export function gauge(drift) {
  if (!drift) return el("p.why", {}, "No face could be measured in it.");
  const number = el("span.number", {}, drift.value.toFixed(2));
  const limits = recognisers.get(drift.recogniserId);
  if (!limits) return el("p.drift", {}, "drift ", number);
  const end = Math.max(limits.match * 1.25, drift.value);
  const bands = bandsOf(limits, end).map(([tier, low, high]) =>
    el(`i.${tier}`, { style: { width: `${(100 * (high - low)) / end}%` } }),
  );
  const place = el("b", { style: { left: `${100 * Math.min(Math.max(drift.value / end, 0), 1)}%` } });
  const label = `drift ${drift.value.toFixed(2)} on a scale to ${end.toFixed(2)}: ${tierOf(drift)}`;
  return el("div.drift", { role: "img", "aria-label": label }, "drift ", number, el("span.scale", {}, bands, place));
}

const WIDTH = 1000;
const DOT = 8;
const APART = 18;

/** Every render that was measured as a dot: filled where it was kept. null with nothing to draw. */
export function strip(renders) {
  const measured = renders.filter((each) => each.drift).sort((one, other) => one.drift.value - other.drift.value);
  const limits = measured.length && recognisers.get(measured[0].drift.recogniserId);
  if (!limits) return null;
  const end = Math.max(limits.match * 1.25, measured.at(-1).drift.value);
  const drawn = bandsOf(limits, end).flatMap(([tier, low, high]) => band(tier, low / end, high / end));
  const rows = [];
  for (const each of measured) {
    const x = DOT + (WIDTH - 2 * DOT) * Math.min(each.drift.value / end, 1);
    const found = rows.findIndex((taken) => x - taken >= APART);
    const row = found < 0 ? rows.length : found;
    rows[row] = x;
    const name = `${tierOf(each.drift)}${each.kept ? " kept" : ""}`;
    drawn.push(svg("circle", { class: name, cx: x, cy: -APART * (row + 0.6), r: DOT - 1.25 }));
  }
  const top = APART * rows.length + 4;
  const label = `${measured.length} renders by drift, ${measured.filter((each) => each.kept).length} of them kept`;
  const picture = svg("svg", { viewBox: `0 ${-top} ${WIDTH} ${top + 24}`, role: "img", "aria-label": label }, ...drawn);
  return el("figure", {}, picture, el("figcaption", {}, "All renders by drift: filled ones were kept."));
}

function bandsOf({ locked, strong, match }, end) {
  return [["locked", 0, locked], ["strong", locked, strong], ["match", strong, match], ["fail", match, end]];
}

function band(tier, left, right) {
  const [x, width] = [WIDTH * left, WIDTH * (right - left)];
  const words = svg("text", { x: x + width / 2, y: 20 }, tier);
  return [svg("rect", { class: tier, x, y: 2, width, height: 4 }), words];
}
