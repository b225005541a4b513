// y = x as a float. operands x (integers), y; counts: elements
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 64u + thread;
  if (i < count(0u)) { store(place(1u, group.z) + i, f32(bitcast<i32>(mem[place(0u, group.z) + i]))); }
}
