// y = silu(gate) * up. operands gateUp [N,2F], y; counts: elements of y, F
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 256u + thread;
  if (i >= count(0u)) { return; }
  let f = count(1u);
  let gate = place(0u, group.z) + i / f * 2u * f + i % f;
  let a = load(gate);
  store(place(1u, group.z) + i, a * sigmoid(a) * load(gate + f));
}
