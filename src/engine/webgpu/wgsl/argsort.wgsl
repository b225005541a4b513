// Each element's number goes to its rank in its row: how many are smaller, or equal and before it.
// operands x, y (integers); counts: elements, n

// The bits as an integer that orders as the number does, -0 as 0; a NaN has its place too, so that ranks never collide.
fn order_of(at: u32) -> i32 {
  let bits = bitcast<i32>(mem[at]);
  return select(bits ^ ((bits >> 31u) & 0x7fffffff), 0, (mem[at] << 1u) == 0u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = flat(group) * 64u + thread;
  if (index >= count(0u)) { return; }
  let n = count(1u);
  let i = index % n;
  let x = place(0u, group.z) + index - i;
  let own = order_of(x + i);
  var rank = 0u;
  for (var j = 0u; j < n; j++) {
    let other = order_of(x + j);
    if (other < own || (other == own && j < i)) { rank++; }
  }
  mem[place(1u, group.z) + index - i + rank] = i;
}
