// Four rows a workgroup of 64, sixteen lanes a row. Sums run through all sixteen values in order: two barriers, not eight.
const LANES = 16u;
const ROWS = 4u;
var<workgroup> lane_values: array<f32, 64>;

fn lane_sum(x: f32, thread: u32) -> f32 {
  workgroupBarrier();
  lane_values[thread] = x;
  workgroupBarrier();
  let first = thread / LANES * LANES;
  var sum = 0.0;
  for (var j = 0u; j < LANES; j++) { sum += lane_values[first + j]; }
  return sum;
}
fn lane_max(x: f32, thread: u32) -> f32 {
  workgroupBarrier();
  lane_values[thread] = x;
  workgroupBarrier();
  let first = thread / LANES * LANES;
  var top = lane_values[first];
  for (var j = 1u; j < LANES; j++) { top = max(top, lane_values[first + j]); }
  return top;
}
