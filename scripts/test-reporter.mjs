// A reporter for Vitest and for Playwright: tells the stage runner which tests run, and what became of each.
import { relative } from 'node:path';
import { tell } from './test-events.mjs';

const file = (path) => relative('', path).replaceAll('\\', '/');
const ofVitest = (test) => `${test.module.relativeModuleId} › ${test.fullName}`;
const ofPlaywright = (test) => {
  const [, project, , ...titles] = test.titlePath();
  return `${file(test.location.file)} › ${titles.join(' › ')} (${project})`;
};

export default class TestReporter {
  // Vitest
  onTestModuleStart(module) {
    tell({ begin: module.relativeModuleId });
  }
  onTestCaseReady(test) {
    tell({ begin: ofVitest(test) });
  }
  onTestCaseResult(test) {
    const seconds = (test.diagnostic()?.duration ?? 0) / 1000;
    tell({ end: ofVitest(test), outcome: test.result().state, seconds });
  }
  onTestModuleEnd(module) {
    // A file that does not load has no tests to count; it counts as one that failed.
    const failedAlone = module.state() === 'failed' && ![...module.children.allTests('failed')].length;
    tell({ end: module.relativeModuleId, outcome: failedAlone ? 'failed' : undefined, seconds: 0 });
  }

  // Playwright
  printsToStdio() {
    return false;
  }
  onTestBegin(test) {
    tell({ begin: ofPlaywright(test) });
  }
  onTestEnd(test, { duration }) {
    const outcomes = { expected: 'passed', skipped: 'skipped' };
    tell({
      end: ofPlaywright(test),
      outcome: outcomes[test.outcome()] ?? 'failed',
      seconds: duration / 1000,
    });
  }
}
