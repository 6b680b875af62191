/** How an outcome is told to the topic. EventBridge events are not concerned. */
export enum NotificationFormat {
  /** Lines for people. */
  TEXT = 'text',
  /** One JSON document, by the schema docs/outcome.schema.json. */
  JSON = 'json',
  /** A custom notification of Amazon Q Developer in chat applications, for Slack and Microsoft Teams. */
  CHAT = 'chat',
  /** For a topic with several kinds of subscribers: each protocol gets what suits it. */
  MIXED = 'mixed',
}

/** Which outcomes are told to the topic. EventBridge events are put of each. */
export enum NotifyOn {
  /** Each. */
  ALWAYS = 'always',
  /** Failures, time-outs and warnings. */
  FAILURE = 'failure',
  /** Each failure, and the first success after one. */
  CHANGE = 'change',
}
