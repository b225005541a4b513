// As attention_grad.wgsl, for devices on the CPU: four threads take four neighbouring queries, or in the second half of the
// workgroups four neighbouring keys, and the others four at a time.
// operands qkv, dY, dQkv, rows; counts: workgroups, length, heads, head size, half; number: scale
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (flat(group) >= count(0u)) { return; }
  let is_key = flat(group) >= count(4u);
  let index = flat(group) % count(4u);
  let length = count(1u);
  let heads = count(2u);
  let size = count(3u);
  let quads = (length + 3u) / 4u;
  let first = index % quads * 4u;
  let head = index / quads % heads;
  let sequence = index / (quads * heads);
  let own = min(first + lane, length - 1u);
  let mine = first + lane < length;
  let width = heads * size;
  let columns = 3u * width;
  let start = sequence * length * columns + head * size;
  let q = place(0u, group.z) + start;
  let v = q + 2u * width;
  let d_y = place(1u, group.z) + sequence * length * width + head * size;
  let rows = place(3u, group.z) + (sequence * heads + head) * length * 3u;

  // score = a . other a, dWeight = b . other b: (q, dY) of the query, (k, v) of the key
  let own_a = q + own * columns + select(0u, width, is_key);
  let own_b = select(d_y + own * width, v + own * columns, is_key);
  let other_a = q + select(width, 0u, is_key);
  let other_b = select(v, d_y, is_key);
  let stride_b = select(columns, width, is_key);
  let d_v = place(2u, group.z) + start + 2u * width + own * columns;
  let d_a = d_v - select(2u * width, width, is_key);
  // of dV, a query has no part
  let size_b = select(0u, size, is_key);
  clear(d_a, size, mine);
  clear(d_v, size_b, mine);
  let end = select(first + 1u, length, is_key);
  for (var at = select(0u, first, is_key); at < end; at += 4u) {
    let other = vec4u(at, at + 1u, at + 2u, at + 3u);
    let row = min(at + lane, length - 1u);
    let stat = rows + 3u * select(own, row, is_key);
    let top = load(stat);
    let share = load(stat + 1u);
    let mean = load(stat + 2u);
    let tops = select(vec4f(top), spread(top), is_key);
    let shares = select(vec4f(share), spread(share), is_key);
    let means = select(vec4f(mean), spread(mean), is_key);
    let paired = select(other <= vec4u(own), (other >= vec4u(own)) & (other < vec4u(length)), is_key);
    let scores = quad_dots(own_a, other_a + row * columns, size) * number(0u);
    let d_weights = quad_dots(own_b, other_b + row * stride_b, size);
    let weights = select(vec4f(), exp_four(scores - tops) * shares, paired);
    quad_add(d_a, 1.0, number(0u) * weights * (d_weights - means), other_a + row * columns, size, mine);
    quad_add(d_v, 1.0, weights, other_b + row * stride_b, size_b, mine);
  }
}
