export interface TestSummary {
  passed: number;
  failed: number;
  skipped: string[];
}
export interface TestReport {
  testResults: {
    name: string;
    status: string;
    assertionResults: { status: string; ancestorTitles: string[]; title: string }[];
  }[];
}
export declare function summarize(report: TestReport, root: string): TestSummary;
export declare function forbiddenSkips(summary: TestSummary, allowed: Record<string, string>): string[];
