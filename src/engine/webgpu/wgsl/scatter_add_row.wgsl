// As scatter_add.wgsl, for devices on the CPU: a thread takes up to 32 columns of one row of y, where the sums stay.
// operands index, x, y; counts: threads, M, width, column blocks a row
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 64u + thread;
  if (i >= count(0u)) { return; }
  let width = count(2u);
  let row = i / count(3u);
  let first = i % count(3u) * 32u;
  let columns = min(32u, width - first);
  let index = place(0u, group.z);
  let x = place(1u, group.z) + first;
  let y = place(2u, group.z) + row * width + first;
  for (var c = 0u; c < columns; c++) { store(y + c, 0.0); }
  for (var m = 0u; m < count(1u); m++) {
    let end = select(0u, columns, mem[index + m] == row);
    for (var c = 0u; c < end; c++) { store(y + c, load(y + c) + load(x + m * width + c)); }
  }
}
