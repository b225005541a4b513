// Rotates q and k of packed qkv by their positions' angles (rotate-half); v is copied. A thread takes one pair of channels
// of one head, of q, k and v. operands qkv, table, position, y; counts: threads, heads, head size; number: 1, or -1 for the
// inverse
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = flat(group) * 256u + thread;
  if (i >= count(0u)) { return; }
  let heads = count(1u);
  let size = count(2u);
  let half = size / 2u;
  let c = i % half;
  let row = i / (half * heads);
  let angle = place(1u, group.z) + mem[place(2u, group.z) + row] * size + c;
  let cosine = load(angle);
  let sine = load(angle + half) * number(0u);
  for (var part = 0u; part < 3u; part++) {
    let channel = (row * 3u + part) * heads * size + i / half % heads * size + c;
    let x = place(0u, group.z) + channel;
    let y = place(3u, group.z) + channel;
    let low = load(x);
    let high = load(x + half);
    store(y, select(low * cosine - high * sine, low, part == 2u));
    store(y + half, select(high * cosine + low * sine, high, part == 2u));
  }
}
