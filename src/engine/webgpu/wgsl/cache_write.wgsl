// Stores keys and values of one position. operands cache [S,Tmax,2D], qkv [S,3D], position; counts: S*2D, 2D, Tmax
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 64u + thread;
  if (i >= count(0u)) { return; }
  let width = count(1u);
  let position = mem[place(2u, group.z)];
  if (position >= count(2u)) { return; }
  let s = i / width;
  let source = place(1u, group.z) + s * (width / 2u * 3u) + width / 2u + i % width;
  mem[place(0u, group.z) + (s * count(2u) + position) * width + i % width] = mem[source];
}
