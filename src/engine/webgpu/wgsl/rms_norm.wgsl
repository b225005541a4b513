// y = x * weight / rms(x), a row each. operands x, weight, y; counts: rows, columns; number: eps
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = flat(group) * ROWS + thread / LANES;
  let n = count(1u);
  let end = select(0u, n, row < count(0u));
  let x = place(0u, group.z) + row * n;
  var square = 0.0;
  for (var j = thread % LANES; j < end; j += LANES) { square += load(x + j) * load(x + j); }
  let r = inverseSqrt(lane_sum(square, thread) / f32(n) + number(0u));
  let weight = place(1u, group.z);
  let y = place(2u, group.z) + row * n;
  for (var j = thread % LANES; j < end; j += LANES) { store(y + j, load(x + j) * r * load(weight + j)); }
}
