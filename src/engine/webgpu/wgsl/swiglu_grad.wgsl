// operands gateUp [N,2F], dY [N,F], dGateUp; counts: elements of dY, F
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 256u + thread;
  if (i >= count(0u)) { return; }
  let f = count(1u);
  let offset = i / f * 2u * f + i % f;
  let gate = place(0u, group.z) + offset;
  let d_gate = place(2u, group.z) + offset;
  let a = load(gate);
  let s = sigmoid(a);
  let d = load(place(1u, group.z) + i);
  store(d_gate, d * load(gate + f) * s * (1.0 + a * (1.0 - s)));
  store(d_gate + f, d * a * s);
}
