/** Page and worker talk only when they are of one build: another might not mean the same by what it says. */
import { BUILD } from '../base/build.ts';
import { StateError } from '../base/errors.ts';

export function refuseAnotherBuild(build: string): void {
  if (build === BUILD) return;
  throw new StateError(
    `The page is of build ${build} of this site and its trainer of build ${BUILD}. Reload the page.`,
  );
}
