import { characters, knownStretches } from './known-text';
import { encoded } from './url-encoding';

/** "The maximum length of a path is 4,000 characters." */
export const PATH_CHARACTERS_AT_MOST = 4_000;

/** "The maximum length of a tag is 256 characters." */
export const TAG_CHARACTERS_AT_MOST = 256;

/** Why an item is refused, in words that complete "it …". The names and the words are those of the function itself. */
export const PATH_FAULTS = {
  Empty: 'is empty; to invalidate everything, write "/*"',
  Variable: 'contains a variable that CodePipeline did not replace; check its namespace and spelling',
  ShellVariable:
    'contains a shell variable, such as "${NAME}", that was not replaced; specify its value or a pipeline variable, such as "#{Source.BranchName}"',
  Several:
    'looks like several paths; use an array, such as ["/index.html", "/images/*"]; if it is one path, write a space as "%20" and a comma as "%2C", or cover it with a wildcard',
  Rewritten:
    'begins with a Windows drive, which Git Bash substitutes for a leading "/"; set MSYS_NO_PATHCONV=1 in the shell that writes the parameters',
  Padded:
    'begins or ends with a space or a line break, which would be part of the path; if a space is intended, write "%20"',
  Control: 'contains a control character, such as a tab or a line break',
  Url: 'is a full URL; specify only its path, from the "/" after the domain name, such as "/index.html"',
  NoLeadingSlash: 'must begin with "/", such as "/index.html" or "/*"',
  TooLong: `is longer than CloudFront's 4,000 characters; a wildcard such as "/images/*" covers many files`,
  // "The * wildcard … must be the last character in the invalidation path."
  WildcardInside:
    'contains a "*" that is not its last character; CloudFront treats such a "*" literally and would match no file',
  EncodedWildcard: 'ends with "%2A", which CloudFront does not treat as a wildcard; use "*"',
  // "Don't use the ~ character in your path. CloudFront doesn't support this character for invalidations, whether it's
  // URL-encoded or not."
  Tilde: 'contains "~" (or "%7E"), which CloudFront does not support in invalidations; use a wildcard that covers it',
  EmptyTag: 'is a "#" without a cache tag; use a tag such as "#product:electronics"',
  TagTooLong: 'is a cache tag of more than 256 characters, not counting the "#"',
  // "Unlike path invalidations, tag invalidation items do not support the * wildcard."
  TagWildcard: 'is a cache tag with a "*"; cache tags do not support wildcards, so each item must be one complete tag',
  // "Each tag value must contain only ASCII visible characters (33–126), excluding commas."
  TagCharacter: 'is a cache tag with a comma, a space or a non-ASCII character, which cache tags do not allow',
};

export type PathFault = keyof typeof PATH_FAULTS;

/** Each rule with its fault, in the order of the reports. */
type Rules = [isBroken: boolean, fault: PathFault][];

/**
 * Why the function would refuse a path or a cache tag; undefined when it would take it.
 *
 * The rules and the quoted sentences are those of the CloudFront developer guide, "What you need to know when
 * invalidating paths" and "… tags"
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html,
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html). Of an item with
 * unknown parts, only what is known is judged: it is refused if it is wrong whatever they turn out to be, unless empty.
 */
export function pathFault(item: string): PathFault | undefined {
  const stretches = knownStretches(item);
  const mistake = firstBroken(mistakes(stretches));
  if (mistake !== undefined) {
    return mistake;
  }
  const faults = possibleRules(stretches).map(firstBroken);
  return faults.includes(undefined) ? undefined : faults[0];
}

/** The known stretches of an item as it is sent: the function encodes paths. */
export function sentStretches(item: string): string[] {
  const stretches = knownStretches(item);
  return isTag(stretches) ? stretches : encodedStretches(stretches);
}

/** The stretches of a path, encoded. A "%" before an unknown part is left out, for that part may complete its code. */
function encodedStretches(stretches: string[]): string[] {
  const last = stretches.length - 1;
  return stretches.map((stretch, index) => encoded(index === last ? stretch : stretch.replace(/%[0-9A-Fa-f]?$/, '')));
}

/** What would be sent, but not as it was meant. */
function mistakes(stretches: string[]): Rules {
  return [
    [isOfShell(stretches), 'ShellVariable'],
    [stretches.some((stretch) => /#\{[^{}]+\}/.test(stretch)), 'Variable'],
    [isSeveral(stretches), 'Several'],
    [/^[A-Za-z]:[/\\]/.test(stretches[0]), 'Rewritten'],
    [/^\p{White_Space}/u.test(stretches[0]) || /\p{White_Space}$/u.test(stretches.at(-1)!), 'Padded'],
    [stretches.some((stretch) => /\p{Cc}/u.test(stretch)), 'Control'],
    [/^[A-Za-z0-9]+:\/\//.test(stretches[0]), 'Url'],
  ];
}

function isOfShell(stretches: string[]): boolean {
  return stretches[0].startsWith('$') || stretches.some((stretch) => /\$\{|#\{[^{}]*\$[^{}]*\}/.test(stretch));
}

/** Whether it has a separator before a "/" or a "#", or a comma or semicolon at its end. */
function isSeveral(stretches: string[]): boolean {
  const last = stretches.length - 1;
  const trimmed = stretches.map((stretch, index) => {
    const begun = index === 0 ? stretch.replace(/^\p{White_Space}+/u, '') : stretch;
    return index === last ? begun.replace(/\p{White_Space}+$/u, '') : begun;
  });
  return trimmed.some((stretch) => /[,;\p{White_Space}]["']*[/#]/u.test(stretch)) || /[,;]$/.test(trimmed[last]);
}

/**
 * What an item that is refused can have meant, at most, as the known stretches of an item that would invalidate all of it:
 * where another item covers that, the function leaves it out. Undefined where that cannot be said.
 */
export function mostMeant(item: string, fault: PathFault): string[] | undefined {
  const [first, ...rest] = knownStretches(item);
  switch (fault) {
    case 'WildcardInside':
    case 'EncodedWildcard':
    case 'Tilde':
    case 'TooLong': {
      const certain = fault === 'TooLong' ? first : /^.*?(?=\*|~|%2a|%7e|$)/is.exec(first)![0];
      const isKnown = certain !== first || rest.length === 0;
      return isKnown ? [`${encoded(certain)}*`] : [encoded(certain), '*'];
    }
    case 'TagWildcard':
    case 'TagCharacter':
    case 'TagTooLong':
      return ['/*'];
    case 'Several':
      return first === '' || /^[/#*]/.test(first) ? ['/*'] : undefined;
    case 'NoLeadingSlash':
      return first.startsWith('*') ? ['/*'] : undefined;
    default:
      return undefined;
  }
}

/** The rules of paths or those of tags, or both when it is not known which of them it is. */
function possibleRules(stretches: string[]): Rules[] {
  if (beginsUnknown(stretches)) {
    return [pathRules(stretches), tagRules(stretches)];
  }
  return [isTag(stretches) ? tagRules(withoutHash(stretches)) : pathRules(stretches)];
}

function pathRules(stretches: string[]): Rules {
  const [isKnown, sent] = [stretches.length === 1, encodedStretches(stretches)];
  return [
    [isKnown && stretches[0] === '', 'Empty'],
    [!beginsUnknown(stretches) && !stretches[0].startsWith('/'), 'NoLeadingSlash'],
    [/%2a$/i.test(stretches.at(-1)!), 'EncodedWildcard'],
    [characters(sent.join('')) > PATH_CHARACTERS_AT_MOST, 'TooLong'],
    [hasWildcardInside(stretches), 'WildcardInside'],
    [stretches.some((stretch) => /~|%7e/i.test(stretch)), 'Tilde'],
  ];
}

function tagRules(tag: string[]): Rules {
  return [
    [tag.length === 1 && tag[0] === '', 'EmptyTag'],
    [tag.some((stretch) => stretch.includes('*')), 'TagWildcard'],
    [!tag.every((stretch) => /^[!-+\--~]*$/.test(stretch)), 'TagCharacter'],
    [characters(tag.join('')) > TAG_CHARACTERS_AT_MOST, 'TagTooLong'],
  ];
}

function firstBroken(rules: Rules): PathFault | undefined {
  return rules.find(([isBroken]) => isBroken)?.[1];
}

function beginsUnknown(stretches: string[]): boolean {
  return stretches.length > 1 && stretches[0] === '';
}

function isTag(stretches: string[]): boolean {
  return stretches[0].startsWith('#');
}

function withoutHash([first, ...rest]: string[]): string[] {
  return [first.slice(1), ...rest];
}

function hasWildcardInside(stretches: string[]): boolean {
  const last = stretches.length - 1;
  const inner = (stretch: string, index: number) => (index === last ? stretch.replace(/\*$/, '') : stretch);
  return stretches.map(inner).some((stretch) => stretch.includes('*'));
}
