/** What an empty list of paths means. */
export enum WhenEmpty {
  /** The action succeeds without an invalidation. */
  SUCCEED = 'succeed',
  /** The action fails. */
  FAIL = 'fail',
  /** Everything is invalidated. */
  ALL = 'all',
}
