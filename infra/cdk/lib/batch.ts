import { mostMeant, PATH_FAULTS, PathFault, pathFault, sentStretches } from './invalidation-path';
import { isUnknownList } from './known-text';
import { WhenEmpty } from './when-empty';

/**
 * "If you're using the * wildcard, you can have requests for up to 15 invalidation paths in progress at one time": a batch
 * with more could never be accepted.
 */
export const WILDCARDS_AT_MOST = 15;

/** An item of a batch. */
export interface Item {
  /** Its place in the list, counted from 1. */
  readonly place: number;
  /** As it was written. */
  readonly text: string;
  /** What is known of it as it is sent: see `knownStretches`. */
  readonly sent: string[];
}

/** Why the function would refuse a list of paths and cache tags, in its own words; nothing when it would take it. */
export function batchFaults(paths?: string[], maxPaths?: number, whenEmpty?: WhenEmpty): string[] {
  if (paths === undefined) {
    return [];
  }
  if (isUnknownList(paths)) {
    return ['paths must be a list that is known at synthesis; its items may be tokens'];
  }
  if (paths.length === 0) {
    const isFine = whenEmpty !== undefined && whenEmpty !== WhenEmpty.FAIL;
    return isFine ? [] : ['paths is empty; specify at least one path, or set whenEmpty to WhenEmpty.SUCCEED'];
  }
  const { right, wrong } = judged(paths);
  const faults = wrong
    .filter((item) => !right.some((other) => coversMeant(mayCover, other, item)))
    .map(({ place, fault }) => `paths is invalid at item ${place}: it ${PATH_FAULTS[fault]}`);
  // With maxPaths, the function merges them.
  return faults.length > 0 || maxPaths !== undefined ? faults : wildcardFaults(paths);
}

/**
 * The items that are certainly sent: those that no other covers, and of those that invalidate the same, the first. What an
 * item with unknown parts may cover, or be covered by, is not certain.
 */
export function certainlySent(texts: string[]): Item[] {
  const items = judged(texts).right;
  const takesPlace = (other: Item, item: Item) =>
    other !== item && mayCover(other, item) && (other.place < item.place || !certainlyCovers(item, other));
  return items.filter((item) => !items.some((other) => takesPlace(other, item)));
}

/** The places of the items that are wrong, and certainly left out, because another item covers what they can mean. */
export function certainlyLeftOut(texts: string[]): number[] {
  const { right, wrong } = judged(texts);
  const isLeftOut = (item: Wrong) => right.some((other) => coversMeant(certainlyCovers, other, item));
  return wrong.filter(isLeftOut).map(({ place }) => place);
}

/** Whether an item is a wildcard of the list without its "*", for which the function does not rely on it. */
export function isStem({ sent }: Item, items: Item[]): boolean {
  return (
    sent.length === 1 && sent[0] !== '/' && items.some((other) => isKnown(other) && other.sent[0] === `${sent[0]}*`)
  );
}

/** Whether CloudFront certainly counts an item against the limit of wildcards in progress. */
export function isWildcard({ sent }: Item): boolean {
  return sent.at(-1)!.endsWith('*');
}

function wildcardFaults(paths: string[]): string[] {
  const wildcards = certainlySent(paths).filter(isWildcard).length;
  const fault =
    `paths contains ${wildcards} wildcards; CloudFront allows ${WILDCARDS_AT_MOST} in progress at one time; ` +
    'set maxPaths to merge some of them';
  return wildcards > WILDCARDS_AT_MOST ? [fault] : [];
}

/** An item that the function refuses, unless another one covers what it can mean. */
interface Wrong extends Item {
  readonly fault: PathFault;
}

function judged(texts: string[]): { right: Item[]; wrong: Wrong[] } {
  const items = texts.map((text, index) => ({
    place: index + 1,
    text,
    sent: sentStretches(text),
    fault: pathFault(text),
  }));
  return {
    right: items.filter(({ fault }) => fault === undefined),
    wrong: items.filter((item): item is typeof item & Wrong => item.fault !== undefined),
  };
}

function coversMeant(covering: (one: Item, other: Item) => boolean, one: Item, { place, text, fault }: Wrong): boolean {
  const most = mostMeant(text, fault);
  return most !== undefined && covering(one, { place, text: `${text}, at most`, sent: most });
}

function certainlyCovers(one: Item, other: Item): boolean {
  return one.text === other.text || (isKnown(one) && isKnown(other) && covers(one.sent[0], other.sent[0]));
}

function mayCover(one: Item, other: Item): boolean {
  if (isKnown(one) && isKnown(other)) {
    return covers(one.sent[0], other.sent[0]);
  }
  const isOneFile = !isWildcard(one) && one.sent.at(-1) !== '';
  if (isOneFile && isWildcard(other)) {
    return false;
  }
  const [beginning, begun] = [isKnown(one) ? one.sent[0].replace(/\*$/, '') : one.sent[0], other.sent[0]];
  return begun.startsWith(beginning) || (!isKnown(other) && beginning.startsWith(begun));
}

/** Whether whatever `other` invalidates, `one` invalidates, too, by the rules of the function itself. */
function covers(one: string, other: string): boolean {
  if (one.endsWith('*')) {
    // "To invalidate all of the files in a distribution: /*", whatever their tags are.
    const beginning = one.slice(0, -1);
    // A wildcard is not relied on for its own beginning: "/x/*" was measured to leave "/x/" as it was.
    return one === '/*' || (other.startsWith(beginning) && other !== beginning);
  }
  // "Tag values are case-insensitive.", and "Invalidation paths are case sensitive."
  return one.startsWith('#') ? one.toLowerCase() === other.toLowerCase() : one === other;
}

function isKnown({ sent }: Item): boolean {
  return sent.length === 1;
}
