// A zip of files as they are (method "store"): pictures are compressed already. Layout: PKWARE's APPNOTE 4.3 and 4.4.

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const VERSION = 20;
const UTF8 = 0x0800;
const NO_DATE = 0x0021; // 1 January 1980, where the format's time begins

export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** `files`: [{ name, bytes }], less than 4 GB together. */
export function zipped(files) {
  const parts = [];
  const index = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const label = new TextEncoder().encode(name);
    const facts = [
      [2, VERSION], [2, UTF8], [2, 0], [2, 0], [2, NO_DATE],
      [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, label.length], [2, 0],
    ];
    const header = packed([[4, 0x04034b50], ...facts]);
    parts.push(header, label, bytes);
    const place = [[2, 0], [2, 0], [2, 0], [4, 0], [4, offset]];
    index.push(packed([[4, 0x02014b50], [2, VERSION], ...facts, ...place]), label);
    offset += header.length + label.length + bytes.length;
  }
  const size = index.reduce((sum, part) => sum + part.length, 0);
  const counts = [[2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]];
  const end = packed([[4, 0x06054b50], [2, 0], [2, 0], ...counts]);
  return new Blob([...parts, ...index, end], { type: "application/zip" });
}

/** Numbers of 2 or 4 bytes, little-endian. */
function packed(fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let place = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(place, value, true);
    else view.setUint32(place, value, true);
    place += size;
  }
  return new Uint8Array(view.buffer);
}
