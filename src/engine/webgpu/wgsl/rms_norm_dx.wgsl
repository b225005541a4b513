// dX = r dY w - r^3/n (dY w . x) x, a row each. operands x, weight, dY, dX; counts: rows, columns; number: eps
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = flat(group) * ROWS + thread / LANES;
  let n = count(1u);
  let end = select(0u, n, row < count(0u));
  let x = place(0u, group.z) + row * n;
  let weight = place(1u, group.z);
  let d_y = place(2u, group.z) + row * n;
  var square = 0.0;
  var dot = 0.0;
  for (var j = thread % LANES; j < end; j += LANES) {
    let value = load(x + j);
    square += value * value;
    dot += load(d_y + j) * load(weight + j) * value;
  }
  let r = inverseSqrt(lane_sum(square, thread) / f32(n) + number(0u));
  let share = r * r * lane_sum(dot, thread) / f32(n);
  let d_x = place(3u, group.z) + row * n;
  for (var j = thread % LANES; j < end; j += LANES) {
    store(d_x + j, r * (load(d_y + j) * load(weight + j) - share * load(x + j)));
  }
}
