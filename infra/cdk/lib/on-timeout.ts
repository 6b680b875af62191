/** What becomes of an action whose invalidations CloudFront has taken, and not completed in time. */
export enum OnTimeout {
  /** It fails. */
  FAIL = 'fail',
  /** It succeeds, with a warning. */
  SUCCEED = 'succeed',
  /** It succeeds; the checker keeps watching, and people hear when CloudFront has completed. */
  RELEASE = 'release',
}
