import { certainlyLeftOut, certainlySent, isStem, isWildcard, Item, WILDCARDS_AT_MOST } from './batch';
import { knownStretches } from './known-text';
import { encoded, isEncodedNeedlessly, isEncodedTwice } from './url-encoding';

/** What the function notes of an item that it sends, in words that complete "the item …". They are the function's own. */
export const REMARKS = {
  Encoded: 'was URL-encoded, as CloudFront requires for non-ASCII and unsafe characters',
  EncodedNeedlessly:
    'contains a URL-encoded character that CloudFront does not require to be encoded; a file that viewers request with the plain character stays cached',
  EncodedTwice: 'looks URL-encoded twice; CloudFront may not match any file',
  Url: 'looks like a URL after a "/"; a path has neither scheme nor domain name, so CloudFront may not match any file',
  DoubledSlash: 'contains "//", which is a different path from "/" and usually a mistake',
  Dots: 'contains a segment "." or "..", which browsers resolve before the request; write the path without it',
  Signed: 'contains the query string of a signed URL; specify the path only up to the "?"',
  Root: 'is "/", which invalidates only the root URL; use "/*" to invalidate everything',
  ShellVariable: 'contains a "$" and a name in capitals; if it is a shell variable, it was not replaced',
  Stem: 'was sent in addition to the wildcard with the same prefix, because "/x/*" may not invalidate "/x/"',
  LeftOut:
    'was left out: CloudFront rejects such an item or matches no file, and another item covers every intended meaning',
};

/** A "$" with a name of capitals, as people name the variables of a shell. */
const SHELL_NAME = /(?<![\p{Alphabetic}\p{N}])\$[A-Z_][A-Z0-9_]+(?![A-Za-z0-9_])/u;

export type Remark = keyof typeof REMARKS;

/** A remark on the item at a place of the list, counted from 1. */
export interface Remarked {
  readonly place: number;
  readonly remark: Remark;
}

/**
 * What the function will certainly note of the items of a list that it takes. When it has to merge them for `maxPaths`, it
 * notes only those that are left, so nothing is certain.
 */
export function remarked(paths: string[], maxPaths?: number): Remarked[] {
  const items = certainlySent(paths);
  const leftOut = certainlyLeftOut(paths).map((place): Remarked => ({ place, remark: 'LeftOut' }));
  const areTooMany = (most: number) => items.length > most || items.filter(isWildcard).length > WILDCARDS_AT_MOST;
  if (maxPaths !== undefined && areTooMany(maxPaths)) {
    return leftOut;
  }
  const isRootAlone = paths.every((path) => path === '/');
  const ofBatch: Remark[] = isRootAlone ? ['Root'] : [];
  const ofItem = (item: Item): Remark[] => [
    ...remarksOn(item.text),
    ...ofBatch,
    ...(isStem(item, items) ? (['Stem'] as const) : []),
  ];
  return [...items.flatMap((item) => ofItem(item).map((remark) => ({ place: item.place, remark }))), ...leftOut];
}

/** Of an item with unknown parts, only what stands before the first of them is judged. */
function remarksOn(text: string): Remark[] {
  const [first, ...rest] = knownStretches(text);
  const isWhole = rest.length === 0;
  // A name before an unknown part may go on in it.
  const named: Remark[] = SHELL_NAME.test(isWhole ? first : first.replace(/\w+$/, '')) ? ['ShellVariable'] : [];
  if (!first.startsWith('/')) {
    return named;
  }
  // What the unknown part may complete is not known, either.
  const known = isWhole ? first : first.replace(/%[0-9A-Fa-f]?$/, '');
  const [, path, query] = /^([^?]*)\??(.*)$/s.exec(known)!;
  const isUrl = /^\/+[A-Za-z0-9]+:\/\//.test(path);
  const endsKnown = isWhole || known !== path;
  const segments = endsKnown ? path.split('/') : path.split('/').slice(0, -1);
  const judged: [boolean, Remark][] = [
    [encoded(known) !== known, 'Encoded'],
    [isEncodedNeedlessly(known), 'EncodedNeedlessly'],
    [isEncodedTwice(known), 'EncodedTwice'],
    [isUrl, 'Url'],
    [path.includes('//') && !isUrl, 'DoubledSlash'],
    [segments.some((segment) => segment === '.' || segment === '..'), 'Dots'],
    [/(^|&)(Key-Pair-Id|Signature)=/.test(query), 'Signed'],
  ];
  return [...judged.filter(([isTrue]) => isTrue).map(([, remark]) => remark), ...named];
}
