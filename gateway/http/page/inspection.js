// What the embedder thinks of the photos, written beside each, with the face that it means framed.

import { byId, el, fill } from "./dom.js";
import { chip, gauge } from "./scale.js";
import { word } from "./words.js";

const VERDICTS = {
  VERDICT_ACCEPT: ["locked", "good"],
  VERDICT_WARN: ["match", "usable"],
  VERDICT_REFUSE: ["fail", "not usable"],
};

export function showInspection(inspection) {
  const cards = byId("chosen").children;
  for (const report of inspection.photos) if (cards[report.index]) showReport(cards[report.index], report);
  const together = [...inspection.findings.map(findingLine), ...inspection.drifts.map(pairLine)];
  fill(byId("together"), together);
}

export function clearInspection() {
  fill(byId("together"));
  for (const old of document.querySelectorAll("#chosen .boxes, #chosen .verdict-chip")) old.remove();
  for (const place of document.querySelectorAll("#chosen .findings")) fill(place);
}

function showReport(card, report) {
  const [colour, words] = VERDICTS[report.verdict] ?? ["unknown", word(report.verdict)];
  const mark = el(`span.chip.verdict-chip.${colour}`, {}, words);
  card.querySelector("h3").append(" ", mark);
  if (report.size) frameFaces(card.querySelector(".frame"), report);
  fill(card.querySelector(".findings"), report.quality && quality(report.quality), report.findings.map(findingLine));
}

/** Boxes are in pixels of the upright photo, which is how browsers show it. */
function frameFaces(frame, { size, faces, chosen }) {
  const boxes = faces.map(({ box }, index) => {
    const style = {
      left: `${(100 * box.left) / size.width}%`,
      top: `${(100 * box.top) / size.height}%`,
      width: `${(100 * (box.right - box.left)) / size.width}%`,
      height: `${(100 * (box.bottom - box.top)) / size.height}%`,
    };
    return el(index === chosen ? "i.face.meant" : "i.face", { style });
  });
  frame.style.setProperty("aspect-ratio", `${size.width} / ${size.height}`);
  frame.append(el("div.boxes", { "aria-hidden": "true" }, boxes));
}

function quality(found) {
  const percent = Math.round(100 * found.score);
  const meter = el("meter", { min: 0, max: 1, value: found.score, "aria-label": `Quality ${percent} %` });
  const turned = Math.round(Math.abs(found.yawDeg));
  const facts = [
    ["quality", `${percent} %`],
    ["face", `${Math.round(found.facePx)} px`],
    ["between the eyes", `${Math.round(found.eyeDistancePx)} px`],
    ["turned", `${turned}°`],
  ];
  return [meter, el("dl", {}, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))];
}

function findingLine({ reason, verdict, advice }) {
  const colour = verdict === "VERDICT_REFUSE" ? "refused" : "warned";
  const code = el("code.reason", {}, reason.replace("REASON_", ""));
  return el(`p.finding.${colour}`, {}, advice, " ", code);
}

function pairLine({ first, second, drift }) {
  const words = el("span", {}, `Photo ${first + 1} beside photo ${second + 1}`);
  return el("div.pair", {}, el("header", {}, words, chip(drift)), gauge(drift));
}
