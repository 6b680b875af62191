import { characters, knownStretches } from './known-text';

/**
 * "If you're using the * wildcard, you can have requests for up to 15 invalidation paths in progress at one time": a batch
 * with more could never be accepted.
 */
export const WILDCARDS_AT_MOST = 15;

/** "The maximum length of a path is 4,000 characters." */
export const PATH_CHARACTERS_AT_MOST = 4_000;

/** What is printable in ASCII, without the characters that RFC 1738 calls unsafe. */
const NEEDS_NO_ENCODING = /^[!#-;=?-Z_a-z]*$/;

/**
 * Why CloudFront would refuse or ignore a path, in words that complete "the path …"; undefined when it would take it.
 *
 * The rules and the quoted sentences are those of the CloudFront developer guide, "Invalidating files"
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html), and the same
 * as those of the function itself. Of a path with unknown parts, only what is known is judged.
 */
export function pathFault(path: string): string | undefined {
  const stretches = knownStretches(path);
  const rules: [boolean, string][] = [
    [path === '', 'is empty; to invalidate everything, write "/*"'],
    [!mayBeginWithSlash(stretches), 'must begin with "/", as in "/index.html" or "/*"'],
    [
      characters(stretches.join('')) > PATH_CHARACTERS_AT_MOST,
      `is longer than CloudFront's ${PATH_CHARACTERS_AT_MOST} characters; a wildcard such as "/images/*" covers many files`,
    ],
    // "The * wildcard … must be the last character in the invalidation path."
    [
      hasWildcardInside(stretches),
      'has a "*" that is not its last character; CloudFront takes such a "*" literally and would find nothing',
    ],
    // "Don't use the ~ character in your path. CloudFront doesn't support this character for invalidations, whether it's
    // URL-encoded or not."
    [
      stretches.some((stretch) => /~|%7e/i.test(stretch)),
      'contains "~" (or "%7E"), which CloudFront does not support in invalidations; cover it with a wildcard',
    ],
    // "If the path includes non-ASCII characters or unsafe characters as defined in RFC 1738, URL-encode those characters."
    [
      !stretches.every((stretch) => NEEDS_NO_ENCODING.test(stretch)),
      'contains a character that must be URL-encoded: a space, a control or non-ASCII character, or one of "<>{}|\\^`[]',
    ],
  ];
  return rules.find(([isBroken]) => isBroken)?.[1];
}

/** Whether CloudFront certainly counts a path against the limit of wildcards in progress. */
export function isWildcard(path: string): boolean {
  return knownStretches(path).at(-1)!.endsWith('*');
}

function mayBeginWithSlash(stretches: string[]): boolean {
  const beginsWithUnknown = stretches.length > 1 && stretches[0] === '';
  return beginsWithUnknown || stretches[0].startsWith('/');
}

function hasWildcardInside(stretches: string[]): boolean {
  const last = stretches.length - 1;
  return stretches.some((stretch, index) => (index === last ? stretch.slice(0, -1) : stretch).includes('*'));
}
