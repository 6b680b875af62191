/** The format of notifications to the topic. It does not affect EventBridge events. */
export enum NotificationFormat {
  /** Plain text for readers. */
  TEXT = 'text',
  /** One JSON document, by the schema docs/outcome.schema.json. */
  JSON = 'json',
  /** A custom notification of Amazon Q Developer in chat applications, for Slack and Microsoft Teams. */
  CHAT = 'chat',
  /** For a topic with several kinds of subscribers: each protocol gets what suits it. */
  MIXED = 'mixed',
}

/** The outcomes that are published to the topic. EventBridge events are sent for each outcome. */
export enum NotifyOn {
  /** Each. */
  ALWAYS = 'always',
  /** Failures, time-outs and warnings. */
  FAILURE = 'failure',
  /** Each failure, and the first success after one. */
  CHANGE = 'change',
}
