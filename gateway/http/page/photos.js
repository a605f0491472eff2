// Photos chosen, dropped or pasted; they stay in this page until they are sent.

import { byId, el, fill } from "./dom.js";
import { bytesWords, plural } from "./words.js";

const KINDS = new Set(["image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"]);
const NAMES = /\.(jpe?g|png|webp|hei[cf])$/i;

export class Photos {
  /** `changed` is called whenever there are others. */
  constructor(limits, changed) {
    this.most = limits.upload?.maxImages || 3;
    this.largest = Number(limits.upload?.maxBlobBytes || 25e6);
    this.changed = changed;
    this.chosen = [];
    this.locked = false;
    byId("limits").textContent = `One to ${this.most} of the same person. JPEG, PNG, WebP or HEIC, up to ${bytesWords(this.largest)} each.`;
    this.#listen();
  }

  get files() {
    return this.chosen.map((each) => each.file);
  }

  /** An address of this page's own; it shows the photo without asking the server for it. */
  url(index) {
    return this.chosen[index]?.url;
  }

  add(files) {
    if (this.locked) return;
    const wrong = [...files].map((file) => this.#fault(file)).filter(Boolean);
    const right = [...files].filter((file) => !this.#fault(file));
    const room = this.most - this.chosen.length;
    if (right.length > room) wrong.push(`${plural(this.most, "photo")} are enough; the others were left out.`);
    for (const file of right.slice(0, room)) this.chosen.push({ file, url: URL.createObjectURL(file) });
    byId("photo-trouble").textContent = wrong.join(" ");
    this.#show();
  }

  remove(index) {
    URL.revokeObjectURL(this.chosen[index].url);
    this.chosen.splice(index, 1);
    this.#show();
    (byId("chosen").querySelector("button") ?? byId("files")).focus();
  }

  clear() {
    for (const { url } of this.chosen) URL.revokeObjectURL(url);
    this.chosen = [];
    this.#show();
  }

  /** Nothing is added or taken away while something is made of them. */
  lock(locked) {
    this.locked = locked;
    byId("files").disabled = locked;
    byId("drop").hidden = locked || this.chosen.length >= this.most;
    for (const button of byId("chosen").querySelectorAll("button")) button.hidden = locked;
  }

  #fault(file) {
    if (!KINDS.has(file.type) && !NAMES.test(file.name)) return `${file.name} is no photo that can be read here.`;
    return file.size > this.largest ? `${file.name} is larger than ${bytesWords(this.largest)}.` : "";
  }

  #listen() {
    const drop = byId("drop");
    byId("files").addEventListener("change", (event) => {
      this.add(event.target.files);
      event.target.value = "";
    });
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", kind.startsWith("dragenter") || kind === "dragover");
        if (kind === "drop") this.add(event.dataTransfer.files);
      });
    }
    addEventListener("paste", (event) => this.add(event.clipboardData.files));
  }

  #show() {
    fill(byId("chosen"), this.chosen.map((each, index) => this.#card(each, index)));
    byId("drop").hidden = this.chosen.length >= this.most;
    this.changed(this.chosen.length);
  }

  #card({ file, url }, index) {
    const image = el("img", { src: url, alt: `Photo ${index + 1}` });
    const frame = el("div.frame.photo", {}, image);
    image.addEventListener("error", () => fill(frame, el("span.none", {}, "This browser shows no photos of its kind.")));
    const remove = el("button.quiet", { type: "button", onclick: () => this.remove(index) }, "Remove");
    remove.setAttribute("aria-label", `Remove photo ${index + 1}`);
    const head = el("header", {}, el("h3", {}, `Photo ${index + 1}`), remove);
    return el("li.card", {}, frame, head, el("p.why", {}, bytesWords(file.size)), el("div.findings"));
  }
}
