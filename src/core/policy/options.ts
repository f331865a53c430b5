/** What the policy may be told (section `policy` of the configuration); durations are milliseconds. */
export interface PolicyOptions {
  readonly removeImmediately: boolean;
  readonly consecutiveHard: number;
  readonly softCount: number;
  readonly softWindow: number;
  readonly reputationFloor: number;
  readonly recentFault: number;
  readonly resetConsecutiveOnSoft: boolean;
  readonly alertSeverity: 'critical' | 'high' | 'medium' | 'low';
}
