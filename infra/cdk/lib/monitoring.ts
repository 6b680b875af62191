/** How much of an invalidator is monitored. AWS charges for alarms, metrics with a value, dashboards and traces. */
export enum Monitoring {
  /** No alarms, no dashboard, and no metrics of the functions. */
  NONE = 'none',
  /** The alarms of high urgency. The functions write only the metrics of these alarms, which have no value if nothing fails. */
  BASIC = 'basic',
  /** All alarms and a dashboard. The functions write all metrics and traces. */
  FULL = 'full',
}
