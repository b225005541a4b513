// Rotates q and k of packed qkv by their positions' angles (rotate-half); v is copied.
// operands qkv, table, position, y; counts: elements, columns (3D), head size; number: 1, or -1 for the inverse
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 256u + thread;
  if (i >= count(0u)) { return; }
  let columns = count(1u);
  let size = count(2u);
  let half = size / 2u;
  let x = place(0u, group.z) + i;
  let y = place(3u, group.z) + i;
  if (i % columns >= columns / 3u * 2u) {
    mem[y] = mem[x];
    return;
  }
  let c = i % size; // heads lie one after the other, and columns is a multiple of size
  let angle = place(1u, group.z) + mem[place(2u, group.z) + i / columns] * size + c % half;
  let cosine = load(angle);
  let sine = load(angle + half) * number(0u);
  if (c < half) {
    store(y, load(x) * cosine - load(x + half) * sine);
  } else {
    store(y, load(x) * cosine + load(x - half) * sine);
  }
}
