/** The library judges paths as the functions do: each line of their table, no more and no less. */
import { describe, expect, test } from 'vitest';
import { certainlySent } from '../lib/batch';
import { PATH_FAULTS, pathFault } from '../lib/invalidation-path';
import { remarked, REMARKS } from '../lib/remarks';
import { userParameters } from '../lib/user-parameters';
import { faultWords, itemVerdicts, ListVerdict, listVerdicts, remarkWords } from './paths-table';

const items = itemVerdicts();
const lists = listVerdicts();
const parameters = (paths: string[], maxPaths?: number) => () =>
  userParameters('Invalidate', { distributionId: 'E1', paths, maxPaths });

/** A variable that CodePipeline has not replaced yet is not one that it did not replace. */
const isLater = (words: string[]) => words.includes('Variable') || words[0]?.includes('CodePipeline did not replace');

test('the table is read to its end', () => {
  expect(items.length).toBeGreaterThanOrEqual(110);
  expect(lists.length).toBeGreaterThanOrEqual(75);
  expect(items.filter(({ isRefused }) => isRefused).length).toBeGreaterThanOrEqual(30);
  expect(items.flatMap(({ because }) => because).length).toBeGreaterThanOrEqual(56);
  expect(lists.filter(({ refused }) => refused !== undefined).length).toBeGreaterThanOrEqual(1);
});

test('the words are those of the functions', () => {
  expect(PATH_FAULTS).toEqual(faultWords());
  expect(REMARKS).toEqual(remarkWords());
});

describe('an item', () => {
  test.each(items.filter(({ because }) => isLater(because)))('not known yet: $given', ({ given }) => {
    expect(parameters([given])().Paths).toEqual([given]);
  });

  test.each(items.filter(({ isRefused, because }) => isRefused && !isLater(because)))(
    'refused: $given',
    ({ given, because }) => {
      expect([pathFault(given)]).toEqual(because);
      expect(parameters([given])).toThrow(/paths is invalid at item 1: it /);
    },
  );

  test.each(items.filter(({ isRefused }) => !isRefused))('taken: $given', ({ given, sent, because }) => {
    expect(pathFault(given)).toBeUndefined();
    expect(certainlySent([given]).map((item) => item.sent)).toEqual([[sent]]);
    expect(remarked([given])).toEqual(because.map((remark) => ({ place: 1, remark })));
    if (given.length < 900) {
      expect(parameters([given])().Paths).toEqual([given]);
    }
  });
});

const MERGED = /^\d+ items of Paths were merged into \d+ because of MaxPaths/;
const isMerged = ({ notes }: ListVerdict) => notes.some((note) => MERGED.test(note));

/** The places of a note, each with what is said of one item. */
function single(note: string): string[] {
  const [, places, said] = /^items? ([0-9, and]+) of Paths (.*)\.$/.exec(note)!;
  const words = said
    .replace(/^were /, 'was ')
    .replace(/^have /, 'has ')
    .replace(/^look /, 'looks ');
  return places.match(/\d+/g)!.map((place) => `item ${place} of Paths ${words}.`);
}

describe('a list', () => {
  test.each(lists.filter(({ refused }) => refused !== undefined && !isLater([refused])))(
    'refused: $title',
    ({ given, maxPaths, refused }) => {
      expect(parameters(given, maxPaths)).toThrow(`: paths ${refused!.replace('MaxPaths', 'maxPaths')}.`);
    },
  );

  test.each(lists.filter(({ refused }) => refused === undefined))('taken: $title', ({ given, maxPaths }) => {
    expect(parameters(given, maxPaths)()).toMatchObject({ Paths: given, ...(maxPaths && { MaxPaths: maxPaths }) });
  });

  test.each(lists.filter((list) => list.refused === undefined && !isMerged(list)))(
    'sent: $title',
    ({ given, sent }) => {
      expect(certainlySent(given).map((item) => item.sent)).toEqual(sent!.map((item) => [item]));
    },
  );

  test.each(lists)('noted: $title', ({ given, maxPaths, notes }) => {
    const said = remarked(given, maxPaths).map(({ place, remark }) => `item ${place} of Paths ${REMARKS[remark]}.`);
    const isCertain = !notes.some((note) => MERGED.test(note));
    expect(said).toEqual(isCertain ? notes.flatMap(single) : []);
  });
});
