// One elementwise step of any size: a thread an element.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 256u + thread;
  let d = described(4u);
  if (i < d.head.y) { compute_element(d, group.z, i); }
}
