import { ALERT_SEVERITIES, type AlertSeverity } from '@portcullis/contracts';

export function severityRank(severity: AlertSeverity): number {
  return ALERT_SEVERITIES.indexOf(severity);
}

export function isWorse(severity: AlertSeverity, than: AlertSeverity): boolean {
  return severityRank(severity) > severityRank(than);
}

export function worst(a: AlertSeverity, b: AlertSeverity): AlertSeverity {
  return isWorse(b, a) ? b : a;
}
