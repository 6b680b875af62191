/** The result of an action whose invalidations CloudFront has accepted and not completed in time. */
export enum OnTimeout {
  /** It fails. */
  FAIL = 'fail',
  /** It succeeds, with a warning. */
  SUCCEED = 'succeed',
  /** It succeeds; the checker keeps polling, and subscribers are notified when CloudFront has completed. */
  RELEASE = 'release',
}
