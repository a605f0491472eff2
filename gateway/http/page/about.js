// What this server is, and what it promises.

import { byId, el, fill } from "./dom.js";
import { secondsOf, spanWords, word } from "./words.js";

export function showAbout(server) {
  byId("profile").textContent = [word(server.profile), `version ${server.version}`].filter(Boolean).join(", ");
  const rows = [
    ["Kept", keeping(server.limits)],
    ...server.services.map(({ service, ready, servedBy }) => [service, ready && servedBy ? made(servedBy) : "not there now"]),
    ["Measured by", server.recogniser ? el("code", {}, server.recogniser.id) : "nobody now"],
    ["Marked", marking(server.provenance ?? {})],
    ["Receipts", server.receiptKeys.length ? el("code", {}, server.receiptKeys[0].id) : "no key"],
  ];
  fill(byId("about"), rows.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))));
  byId("promise").textContent = `Nothing has been sent yet. What is sent is encrypted with a key of its own and unreadable after ${span(server.limits.hardTtl)}, whatever happens.`;
  const restaged = server.services.some(({ servedBy }) => servedBy?.engine === "preview");
  byId("engine").hidden = !restaged;
  if (restaged) {
    const strong = el("strong", {}, "This server runs the preview engine.");
    fill(byId("engine"), strong, " The photo itself is restaged as a portrait; no model synthesises anything. Words and expressions change nothing in it.");
  }
}

function keeping(limits) {
  return (
    `Pictures for ${span(limits.defaultTtl)}, photos until ${span(limits.photosTtl)} after the last picture; ` +
    `nothing longer than ${span(limits.hardTtl)}, or until you delete it.`
  );
}

function made({ engine, device, models }) {
  const used = (models ?? []).map((model) => `${model.name} (${model.licence})`).join(", ");
  return `${engine} on ${device}${used && `: ${used}`}`;
}

function marking({ signed, certificateSubject, testCertificate, watermarked, watermarkOffReason }) {
  const parts = ["Metadata that says how each picture was made"];
  if (signed) {
    const test = testCertificate ? ", a test certificate that nobody vouches for" : "";
    parts.push(`a C2PA manifest signed by ${certificateSubject || "the server"}${test}`);
  }
  if (watermarked) parts.push("an invisible watermark");
  else if (watermarkOffReason) parts.push(`no invisible watermark (${watermarkOffReason})`);
  return parts.join("; ");
}

const span = (duration) => spanWords(secondsOf(duration));
