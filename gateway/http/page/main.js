// The journey: photos, what the embedder thinks of them, an order, pictures as they arrive, and nothing left at the end.

import { showAbout } from "./about.js";
import { erase, every, get, post, randomId, upload, Refused, whenKeyIsNeeded } from "./api.js";
import { askForKey, askIfSure } from "./ask.js";
import { setBy, countdown } from "./clock.js";
import { announce, byId, fill, lead } from "./dom.js";
import { clearInspection, showInspection } from "./inspection.js";
import { Making } from "./making.js";
import { Order } from "./order.js";
import { Photos } from "./photos.js";
import { checked, erasedWords, receiptCard } from "./receipt.js";
import { learn } from "./scale.js";
import { Seeds } from "./seeds.js";
import { lastPart, plural } from "./words.js";

const JOB = /^#(tenants\/[^/#?]+\/jobs\/[^/#?:]+)$/;
const RECEIPT_PATIENCE_MS = [0, 1_000, 3_000];

let server, photos, order, seeds, making, titles;
let sent = null; // the upload that the server has, while no job has it
let request = null; // what was asked for and may not have arrived: sent again, it makes nothing twice

whenKeyIsNeeded(askForKey);
begin().catch((error) => trouble(document, error));

async function begin() {
  server = (await get("server")).server;
  setBy(server.time);
  learn(server);
  const styles = await every("styles", "styles");
  titles = new Map(styles.map(({ id, title }) => [id, title]));
  showAbout(server);
  photos = new Photos(server.limits, photosChanged);
  seeds = new Seeds(server.limits.maxCandidates);
  order = new Order(server, styles, showMissing, findSeed);
  making = new Making(titles, () => photos.chosen.map(({ url }) => url), gone);
  listen();
  const found = JOB.exec(decodeURIComponent(location.hash));
  if (found) await comeBack(found[1]);
  else byId("photos-part").hidden = false;
}

function listen() {
  const at = (id, work) => byId(id).addEventListener("click", () => during(byId(id), work));
  at("check", check);
  at("make", make);
  at("forget-upload", forgetUpload);
  at("delete", deleteJob);
  at("again", () => location.assign(location.pathname));
  showMissing();
}

/** Other photos are another upload: what was sent before is forgotten at once. */
function photosChanged(count) {
  byId("check-part").hidden = !count;
  byId("order-part").hidden = true;
  byId("upload-fate").hidden = true;
  request = null;
  order.forgetConsent();
  clearInspection();
  const before = sent;
  sent = null;
  if (before) erase(before.name).catch(() => {}); // it goes by itself soon enough
}

async function check() {
  photos.lock(true);
  try {
    sent = await upload(photos.files);
    showInspectionOf((await post(`${sent.name}:inspect`)).inspection);
  } finally {
    photos.lock(false);
  }
}

function showInspectionOf(inspection) {
  clearInspection();
  showInspection(inspection);
  byId("check-part").hidden = true;
  byId("upload-fate").hidden = false;
  fill(byId("upload-clock"), countdown(sent.expireTime, () => gone(sent.name)));
  announce(inspection.usable ? "The photos can be used." : "The photos cannot be used as they are.");
  showMissing();
  if (inspection.usable) lead(byId("order-part"));
}

function showMissing() {
  byId("missing").textContent = order.missing;
  byId("make").textContent = order.total ? `Make ${plural(order.total, "picture")}` : "Make them";
  byId("make").setAttribute("aria-disabled", String(Boolean(order.missing)));
  request = null;
}

async function make() {
  if (order.missing) return announce(order.missing);
  request ??= { requestId: randomId(), spec: order.spec(sent.name) };
  try {
    const { job } = await post("jobs", request);
    sent = request = null;
    photos.lock(true);
    history.replaceState(null, "", `#${job.name}`);
    follow(job);
  } catch (error) {
    if (error instanceof Refused) {
      request = null;
      error.message = order.wrong(error);
    }
    throw error;
  }
}

function findSeed(card, request) {
  return seeds.find(card.style.title, `${sent.name}:findSeed`, request, (seed) => card.takeSeed(seed));
}

async function comeBack(name) {
  try {
    follow((await get(name)).job);
  } catch (error) {
    if (!error.forgotten) throw error;
    await gone(name);
  }
}

function follow(job) {
  byId("order-part").hidden = true;
  byId("upload-fate").hidden = true;
  lead(byId("pictures-part"));
  making.follow(job).catch((error) => (error.forgotten ? gone(job.name) : trouble(byId("pictures-part"), error)));
}

async function forgetUpload() {
  const { name } = sent;
  const { receipt } = await erase(name);
  await showGone(receipt, name);
}

async function deleteJob() {
  if (!(await askIfSure())) return;
  const { name } = making.job;
  const { receipt } = await erase(name);
  await showGone(receipt, name);
}

/** Something is no longer there. Who signs that may need a moment. */
async function gone(name) {
  const path = name.replace(/\/(jobs|uploads)\/[^/]+$/, `/receipts/${lastPart(name)}`);
  forgetHere();
  byId("gone-words").textContent = "Waiting for the server's signed word for it.";
  lead(byId("gone-part"));
  for (const pause of RECEIPT_PATIENCE_MS) {
    await new Promise((done) => setTimeout(done, pause));
    const answer = await get(path).catch(() => null);
    if (answer) return showGone(answer.receipt, name);
  }
  byId("gone-words").textContent = "The server has forgotten it, or never had it, and has no receipt of it either.";
}

async function showGone(receipt, name) {
  const result = await checked(receipt, server.receiptKeys, name);
  forgetHere();
  byId("gone-words").textContent = `The server made it unreadable and erased ${erasedWords(result.statement)}. This is its signed word for it.`;
  fill(byId("receipt"), receiptCard(result, receipt));
  lead(byId("gone-part"));
}

/** What this page itself still holds. */
function forgetHere() {
  making.forget();
  sent = null;
  photos.clear();
  history.replaceState(null, "", location.pathname);
  for (const part of ["photos-part", "order-part", "pictures-part"]) byId(part).hidden = true;
}

/** A button is pressed once at a time, and what goes wrong is said beside it. */
async function during(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  const part = button.closest("section");
  trouble(part, null);
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    trouble(part, error);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function trouble(part, error) {
  const place = part.querySelector(".trouble");
  if (!place) return;
  place.hidden = !error;
  if (error) place.textContent = error instanceof Refused ? error.message : "The server cannot be reached. Try again.";
}
