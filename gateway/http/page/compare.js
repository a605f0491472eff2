// A picture beside the photo it is of.

import { byId, el, fill } from "./dom.js";
import { chip, gauge } from "./scale.js";

/** `pictureOf(kept)` answers the whole picture's address; `photoUrls` are the photos', none after the page was left. */
export class Compare {
  constructor(pictureOf, photoUrls) {
    this.pictureOf = pictureOf;
    this.photoUrls = photoUrls;
    this.dialog = byId("compare");
    byId("compare-before").addEventListener("click", () => this.#turn(-1));
    byId("compare-next").addEventListener("click", () => this.#turn(1));
    byId("compare-close").addEventListener("click", () => this.dialog.close());
    byId("compare-photo").addEventListener("click", () => this.#otherPhoto());
    this.dialog.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft") this.#turn(-1);
      if (key === "ArrowRight") this.#turn(1);
    });
  }

  open(all, index) {
    this.all = all;
    this.index = index;
    this.photo = 0;
    this.dialog.showModal();
    this.#show();
  }

  close() {
    this.dialog.close();
    fill(byId("compare-sides"));
  }

  #turn(by) {
    const next = this.index + by;
    if (next < 0 || next >= this.all.length) return;
    this.index = next;
    this.#show();
  }

  #otherPhoto() {
    this.photo = (this.photo + 1) % this.photoUrls().length;
    this.#show();
  }

  async #show() {
    const kept = this.all[this.index];
    const photos = this.photoUrls();
    byId("compare-title").textContent = kept.title;
    byId("compare-before").disabled = this.index === 0;
    byId("compare-next").disabled = this.index === this.all.length - 1;
    byId("compare-photo").hidden = photos.length < 2;
    fill(byId("compare-drift"), chip(kept.result.drift), gauge(kept.result.drift));
    const made = side("the picture", el("span.none", {}, "on its way"));
    fill(byId("compare-sides"), photos.length > 0 && side(`photo ${this.photo + 1}`, image(photos[this.photo], "The photo")), made);
    const url = await this.pictureOf(kept).catch(() => null);
    const shown = url ? image(url, kept.title) : el("span.none", {}, "It could not be fetched.");
    made.querySelector(".frame").replaceChildren(shown);
  }
}

const image = (src, alt) => el("img", { src, alt });
const side = (words, inside) => el("figure", {}, el("div.frame", {}, inside), el("figcaption", {}, words));
