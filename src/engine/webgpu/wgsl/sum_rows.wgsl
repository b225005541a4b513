// Sums of consecutive elements: row r of n elements is cut into chunks, each summed into one element of y.
// operands x, y; counts: sums, n, chunk, chunks a row, lanes (threads a sum, a power of two up to 64)
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = count(1u);
  let chunk = count(2u);
  let lanes = count(4u);
  let index = flat(group) * (64u / lanes) + thread / lanes;
  let start = index % count(3u) * chunk;
  var sum = 0.0;
  if (index < count(0u)) {
    let x = place(0u, group.z) + index / count(3u) * n;
    for (var j = start + thread % lanes; j < min(start + chunk, n); j += lanes) { sum += load(x + j); }
  }
  partial[thread] = sum;
  workgroupBarrier();
  if (thread % lanes == 0u && index < count(0u)) {
    for (var j = 1u; j < lanes; j++) { sum += partial[thread + j]; }
    store(place(1u, group.z) + index, sum);
  }
}
