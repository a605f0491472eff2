// A small picture that comes in pieces between the messages of a stream.

export class Pieces {
  #data = [];

  /** The whole picture with its last piece, null before. */
  take({ header, data, end }) {
    if (header) this.#data = [];
    if (data) this.#data.push(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
    return end ? new Blob(this.#data, { type: "image/jpeg" }) : null;
  }
}
