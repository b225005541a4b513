// y[i] = sum over p of x[p][i]: gathers what several workgroups left in scratch.
// operands x, y; counts: elements, and of all parts together (the last may be short)
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 64u + thread;
  let size = count(0u);
  if (i >= size) { return; }
  let x = place(0u, group.z);
  var sum = 0.0;
  for (var j = i; j < count(1u); j += size) { sum += load(x + j); }
  store(place(1u, group.z) + i, sum);
}
