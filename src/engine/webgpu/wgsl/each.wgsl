// One elementwise step of any size: a thread an element.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 256u + thread;
  if (i < args[4].y) { compute_element(4u, group.z, i); }
}
