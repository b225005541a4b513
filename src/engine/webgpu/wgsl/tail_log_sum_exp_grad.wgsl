// dX[j] = sum over i <= j of dY[i] e^(x[j] - y[i]) in each row. operands x, y, dY, dX; counts: elements, n
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = flat(group) * 64u + thread;
  if (index >= count(0u)) { return; }
  let x = load(place(0u, group.z) + index);
  let y = place(1u, group.z);
  let d_y = place(2u, group.z);
  var sum = 0.0;
  for (var i = index - index % count(1u); i <= index; i++) { sum += load(d_y + i) * exp_safe(x - load(y + i)); }
  store(place(3u, group.z) + index, sum);
}
