// Log of the sum of e^x over a row, or over each of its tails: result i of a row starts at element i, and a row has one
// result or n. operands x, y; counts: results, n, results a row
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 64u + thread;
  if (i >= count(0u)) { return; }
  let row = place(0u, group.z) + i / count(2u) * count(1u);
  let first = row + i % count(2u);
  let end = row + count(1u);
  var top = -HUGE;
  for (var j = first; j < end; j++) { top = max(top, load(j)); }
  var total = 0.0;
  for (var j = first; j < end; j++) { total += exp_safe(load(j) - top); }
  store(place(1u, group.z) + i, top + ln(total));
}
