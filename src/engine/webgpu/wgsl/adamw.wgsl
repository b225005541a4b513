// AdamW over a flat block (Loshchilov & Hutter 2019, algorithm 2). operands p, m, v, g, scale, hyper; count: elements
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 256u + thread;
  if (i >= count(0u)) { return; }
  let hyper = place(5u, group.z);
  let rate = load(hyper);
  let beta1 = load(hyper + 1u);
  let beta2 = load(hyper + 2u);
  let at_p = place(0u, group.z) + i;
  let at_m = place(1u, group.z) + i;
  let at_v = place(2u, group.z) + i;
  let g = load(place(3u, group.z) + i) * load(place(4u, group.z));
  let m = beta1 * load(at_m) + (1.0 - beta1) * g;
  let v = beta2 * load(at_v) + (1.0 - beta2) * g * g;
  let p = load(at_p);
  let update = m / load(hyper + 5u) / (sqrt(v / load(hyper + 6u)) + load(hyper + 3u));
  store(at_m, m);
  store(at_v, v);
  store(at_p, p - rate * load(hyper + 4u) * p - rate * update);
}
