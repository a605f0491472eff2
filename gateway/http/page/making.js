// One job while it is shown: watched to its end over however many connections, compared, downloaded, stopped.

import { get, post } from "./api.js";
import { Board } from "./board.js";
import { countdown } from "./clock.js";
import { Compare } from "./compare.js";
import { announce, byId, el, fill } from "./dom.js";
import { watch } from "./events.js";
import { Pictures } from "./save.js";
import { word } from "./words.js";

const ENDED = new Set(["STATE_SUCCEEDED", "STATE_PARTIAL", "STATE_FAILED", "STATE_CANCELLED"]);
const ENDS = {
  STATE_SUCCEEDED: "All pictures are here.",
  STATE_PARTIAL: "Some pictures are here.",
  STATE_FAILED: "No picture could be made.",
  STATE_CANCELLED: "Stopped.",
};

export class Making {
  /** `gone` is told the job's name when its time is up. */
  constructor(titles, photoUrls, gone) {
    this.titles = titles;
    this.gone = gone;
    this.pictures = new Pictures();
    this.compare = new Compare((kept) => this.pictures.url(kept), photoUrls);
    this.job = null;
    this.#press("stop", () => this.#stop());
    this.#press("zip", () => this.pictures.saveAll(this.board.kept));
  }

  /** Returns when the job has ended, or this page has turned to something else. */
  async follow(job) {
    this.job = job;
    this.leaving = new AbortController();
    this.board = new Board(job, this.titles, {
      compare: (all, index) => this.compare.open(all, index),
      download: (kept) => this.pictures.save(kept).catch((error) => this.#trouble(error)),
    });
    this.#fate(job);
    byId("stop").hidden = ENDED.has(job.state);
    const { signal } = this.leaving;
    const path = `${job.name}:watch?previews=true`;
    for await (const message of watch(path, { signal, lost: () => this.#lost(true), back: () => this.#lost(false) })) {
      await this.board.take(message);
      if (signal.aborted) return;
    }
    if (!signal.aborted) await this.#ended();
  }

  /** Everything of it that this page holds. */
  forget() {
    this.leaving?.abort();
    this.compare.close();
    this.board?.forget();
    this.pictures.forget();
    this.job = null;
  }

  async #ended() {
    const { job } = await get(this.job.name);
    this.job = job;
    this.#lost(false);
    await this.board.end(job);
    byId("stop").hidden = true;
    this.#fate(job);
    const problem = byId("problem");
    problem.hidden = !job.problem;
    const reason = job.problem?.reason?.replace("REASON_", "");
    if (job.problem) fill(problem, el("span", {}, `${job.problem.message} `), el("code.reason", {}, reason));
    announce(ENDS[job.state] ?? word(job.state));
  }

  #fate(job) {
    const { name } = job;
    const end = countdown(job.expireTime, () => this.gone(name));
    const photos = job.photosExpireTime && Date.parse(job.photosExpireTime) < Date.parse(job.expireTime);
    fill(byId("job-fate"), el("span", {}, "Everything here is forgotten in "), end,
      photos && el("span", {}, ", the photos in "), photos && countdown(job.photosExpireTime));
  }

  #lost(lost) {
    const notice = byId("connection");
    if (notice.hidden === !lost) return;
    notice.hidden = !lost;
    notice.textContent = lost ? "The connection is lost. The server goes on; this page comes back by itself." : "";
  }

  async #stop() {
    this.job = (await post(`${this.job.name}:cancel`)).job;
    byId("stop").hidden = true;
  }

  #press(id, work) {
    byId(id).addEventListener("click", async () => {
      if (byId(id).getAttribute("aria-busy") === "true") return;
      byId(id).setAttribute("aria-busy", "true");
      await work().catch((error) => this.#trouble(error));
      byId(id).removeAttribute("aria-busy");
    });
  }

  #trouble(error) {
    const place = byId("pictures-part").querySelector(".trouble");
    place.hidden = false;
    place.textContent = error.message;
  }
}
