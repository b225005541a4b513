// y[s] = tokens[s][position]. operands tokens [S,T], position, y; counts: S, T
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let s = flat(group) * 64u + thread;
  if (s >= count(0u)) { return; }
  let position = min(mem[place(1u, group.z)], count(1u) - 1u);
  mem[place(2u, group.z) + s] = mem[place(0u, group.z) + s * count(1u) + position];
}
