/** How often a test tries what is made at random: a tenth in every run, all of it with `SWAY_FUZZ=full`. */
export const fuzzed = (count: number): number =>
  process.env['SWAY_FUZZ'] === 'full' ? count : Math.ceil(count / 10);
