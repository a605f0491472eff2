// Proof of deletion, checked here: the signature, by the key that the server announced before it was asked to delete.

import { el } from "./dom.js";
import { bytesWords, lastPart, plural, spanWords, timeWords } from "./words.js";

// Fields of likeness.gateway.v1.DeletionStatement that are read, by number.
const TEXTS = { 1: "name", 2: "subject" };
const TIMES = { 5: "created", 6: "deadline", 7: "keyDestroyed", 8: "removed", 9: "verifiedAbsent" };
const OBJECTS = 4;
const SEQUENCE = 11;

/** What was signed, whether it holds and why not. Only signed bytes are read; the readable copy is for nobody's eyes. */
export async function checked(receipt, keys, name) {
  const signed = fromBase64(receipt.signedStatement);
  const statement = statementOf(signed);
  return { statement, fault: await faultOf(receipt, signed, statement, keys, name) };
}

async function faultOf(receipt, signed, statement, keys, name) {
  const announced = keys.find((key) => key.id === receipt.keyId);
  if (!announced) return "It was signed by a key that this server had not announced.";
  if (!crypto.subtle) return "This browser checks signatures only on pages that came by TLS.";
  try {
    const key = await crypto.subtle.importKey("raw", fromBase64(announced.publicKey), "Ed25519", false, ["verify"]);
    if (!(await crypto.subtle.verify("Ed25519", key, fromBase64(receipt.signature), signed)))
      return "Its signature does not belong to it.";
  } catch {
    return "This browser cannot check Ed25519 signatures.";
  }
  if (statement.subject !== name) return "It speaks of something else.";
  if (!(statement.keyDestroyed && statement.verifiedAbsent)) return "It does not say that everything is gone.";
  return "";
}

/** The receipt as people read it. */
export function receiptCard({ statement, fault }, receipt) {
  const early = (Date.parse(statement.deadline) - Date.parse(statement.keyDestroyed)) / 1000;
  const objects = statement.objects.map((each) => `${each.kind} × ${each.count}, ${bytesWords(each.bytes)}`);
  const rows = [
    ["About", el("code", {}, statement.subject)],
    ["Unreadable since", `${timeWords(statement.keyDestroyed)}, ${before(early)}`],
    ["Looked for in vain", timeWords(statement.verifiedAbsent)],
    ["Erased", objects.join(" · ") || "nothing was left to erase"],
    ["Place in the chain", String(statement.sequence)],
    ["Signed by", el("code", {}, receipt.keyId)],
  ];
  const file = new Blob([JSON.stringify(receipt, null, 2)], { type: "application/json" });
  const name = `receipt-${lastPart(receipt.name)}.json`;
  return el("article.receipt", { data: { holds: String(!fault) } },
    el("p.verdict", {}, fault ? `This receipt proves nothing here. ${fault}` : "Signature checked in this browser: it holds."),
    el("dl.rows", {}, rows.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value)))),
    el("a.button", { href: URL.createObjectURL(file), download: name }, "Keep the receipt"),
  );
}

function before(seconds) {
  return seconds < 0 ? `${spanWords(-seconds)} too late` : `${spanWords(seconds)} before its deadline`;
}

export const erasedWords = ({ objects }) =>
  plural(objects.reduce((sum, each) => sum + each.count, 0), "object");

function statementOf(bytes) {
  const statement = { objects: [], sequence: 0 };
  for (const [number, value] of fieldsOf(bytes)) {
    if (TEXTS[number]) statement[TEXTS[number]] = text(value);
    if (TIMES[number]) statement[TIMES[number]] = timeOf(value);
    if (number === OBJECTS) statement.objects.push(objectsOf(value));
    if (number === SEQUENCE) statement.sequence = value;
  }
  return statement;
}

function objectsOf(bytes) {
  const found = Object.fromEntries(fieldsOf(bytes));
  return { kind: text(found[1] ?? new Uint8Array()), count: found[2] ?? 0, bytes: found[3] ?? 0 };
}

function timeOf(bytes) {
  const found = Object.fromEntries(fieldsOf(bytes));
  return new Date((found[1] ?? 0) * 1000 + (found[2] ?? 0) / 1e6).toISOString();
}

/** Numbers and values of a protobuf message that has only varints and bytes. */
function* fieldsOf(bytes) {
  for (let place = 0; place < bytes.length; ) {
    const [tag, start] = varint(bytes, place);
    const [value, end] = varint(bytes, start);
    const wire = tag % 8;
    if (wire !== 0 && wire !== 2) throw new Error("not a statement");
    place = wire === 2 ? end + value : end;
    yield [Math.floor(tag / 8), wire === 2 ? bytes.subarray(end, place) : value];
  }
}

function varint(bytes, start) {
  let value = 0;
  for (let place = start, scale = 1; place < bytes.length; place++, scale *= 128) {
    value += (bytes[place] & 127) * scale;
    if (bytes[place] < 128) return [value, place + 1];
  }
  throw new Error("not a statement");
}

const text = (bytes) => new TextDecoder().decode(bytes);
const fromBase64 = (words) => Uint8Array.from(atob(words), (letter) => letter.charCodeAt(0));
