// Pictures out of this page: each by itself, or all in one zip that is packed here.

import { bytesOf } from "./api.js";
import { el } from "./dom.js";
import { zipped } from "./zip.js";

const SUFFIXES = { KIND_JPEG: "jpg", KIND_PNG: "png", KIND_WEBP: "webp" };

/** Whole pictures, each fetched once, for as long as their job is shown. */
export class Pictures {
  constructor() {
    this.fetched = new Map();
  }

  bytes(kept) {
    const name = kept.result.name;
    if (!this.fetched.has(name)) this.fetched.set(name, this.#fetch(name));
    return this.fetched.get(name).then(({ bytes }) => bytes);
  }

  async url(kept) {
    await this.bytes(kept);
    return (await this.fetched.get(kept.result.name)).url;
  }

  async save(kept) {
    saved(await this.url(kept), fileName(kept));
  }

  async saveAll(all) {
    const files = [];
    for (const kept of all) {
      const bytes = new Uint8Array(await (await this.bytes(kept)).arrayBuffer());
      files.push({ name: fileName(kept), bytes });
    }
    const url = URL.createObjectURL(zipped(files));
    saved(url, "likeness.zip");
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async forget() {
    const all = [...this.fetched.values()];
    this.fetched.clear();
    for (const each of await Promise.allSettled(all)) if (each.value) URL.revokeObjectURL(each.value.url);
  }

  async #fetch(name) {
    try {
      const bytes = await bytesOf(`${name}:download`);
      return { bytes, url: URL.createObjectURL(bytes) };
    } catch (error) {
      this.fetched.delete(name);
      throw error;
    }
  }
}

function fileName({ result }) {
  return `${result.style}-${result.styleIndex + 1}-${result.picture + 1}.${SUFFIXES[result.kind] ?? "jpg"}`;
}

function saved(href, download) {
  const link = el("a", { href, download });
  document.body.append(link);
  link.click();
  link.remove();
}
