/**
 * What must be encoded: a "%" that begins no code, what is not printable ASCII, what RFC 1738 calls unsafe
 * (https://www.rfc-editor.org/rfc/rfc1738#section-2.2), and the apostrophe, which CloudFront rejects.
 */
const UNENCODED = /%(?![0-9A-Fa-f]{2})|[^!-~]|[<>"#{}|\\^~[\]`']/gu;

/** A code, and the bytes that should have none: "Do not URL-encode any other characters in the path". */
const CODE = /%([0-9A-Fa-f]{2})/g;
const NEEDLESS = /[^\0- \x7F-\xFF<>"#%{}|\\^~[\]`']/;

/** The path with its non-ASCII and unsafe characters encoded, as the function sends it. */
export function encoded(path: string): string {
  return path.replace(UNENCODED, codesOf);
}

/** Whether it has the code of a character that CloudFront requires unencoded. */
export function isEncodedNeedlessly(path: string): boolean {
  return [...path.matchAll(CODE)].some(([, digits]) => NEEDLESS.test(String.fromCharCode(parseInt(digits, 16))));
}

/** Whether a "%" is encoded that began a code. */
export function isEncodedTwice(path: string): boolean {
  return /%25[0-9A-Fa-f]{2}/.test(path);
}

function codesOf(character: string): string {
  const codes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`);
  return codes.join('');
}
