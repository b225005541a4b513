// y[m] = table[index[m]], words of any type. operands table, index, y; counts: elements of y, width of a row, rows
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 256u + thread;
  if (i >= count(0u)) { return; }
  let width = count(1u);
  let row = min(mem[place(1u, group.z) + i / width], count(2u) - 1u);
  mem[place(2u, group.z) + i] = mem[place(0u, group.z) + row * width + i % width];
}
