// Base64 (RFC 4648) decoded straight into a ring of bytes, and refused where it is none. Media plane.

const PADDING = 61;
/** Node's decoder would take the lower byte of these for a character. */
const WIDE_CHARACTER = /[\u0100-\uffff]/;

/** Bytes that `text` decodes to, by its length and padding alone; -1 where it can be no base64. */
export function base64Length(text: string): number {
  const length = text.length;
  if (length % 4 !== 0) return -1;
  if (length === 0 || text.charCodeAt(length - 1) !== PADDING) return (length / 4) * 3;
  return (length / 4) * 3 - (text.charCodeAt(length - 2) === PADDING ? 2 : 1);
}

/**
 * Decode the first `limit` bytes of `text` into `ring` from index `start`, going on at 0 after its end.
 * Node's decoder passes over characters that are none of the alphabet, so that too few bytes come out of
 * a text with such: that is the check. It takes the URL-safe alphabet (section 5) as well.
 * @param limit at most `ring.length`
 * @returns false where `text` is not base64; part of it may have been written then
 */
export function decodeBase64(text: string, ring: Buffer, start: number, limit: number): boolean {
  const length = base64Length(text);
  if (WIDE_CHARACTER.test(text)) return false;
  if (length <= limit && start + length <= ring.length) {
    return length >= 0 && ring.write(text, start, length, 'base64') === length;
  }
  // Rare: across the end of the ring, or into a ring that is nearly full.
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== length) return false;
  const taken = Math.min(length, limit);
  const beforeEnd = Math.min(taken, ring.length - start);
  bytes.copy(ring, start, 0, beforeEnd);
  bytes.copy(ring, 0, beforeEnd, taken);
  return true;
}
