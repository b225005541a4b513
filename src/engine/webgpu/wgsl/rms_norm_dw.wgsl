// Parts of dWeight[j] = sum over rows of dY x r: a workgroup takes 16 rows; `sum_parts` adds the parts.
// operands x, dY, parts [workgroups, columns]; counts: rows, columns; number: eps
var<workgroup> inverse: array<f32, 16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = flat(group) * 16u;
  let rows = count(0u);
  if (first >= rows) { return; }
  let n = count(1u);
  let x = place(0u, group.z);
  let d_y = place(1u, group.z);
  for (var round = 0u; round < 4u; round++) {
    let local = round * ROWS + thread / LANES;
    let end = select(0u, n, first + local < rows);
    var square = 0.0;
    for (var j = thread % LANES; j < end; j += LANES) {
      let value = load(x + (first + local) * n + j);
      square += value * value;
    }
    let r = inverseSqrt(lane_sum(square, thread) / f32(n) + number(0u));
    if (thread % LANES == 0u) { inverse[local] = r; }
  }
  workgroupBarrier();
  for (var j = thread; j < n; j += 64u) {
    var sum = 0.0;
    for (var i = first; i < min(first + 16u, rows); i++) {
      sum += load(d_y + i * n + j) * load(x + i * n + j) * inverse[i - first];
    }
    store(place(2u, group.z) + flat(group) * n + j, sum);
  }
}
